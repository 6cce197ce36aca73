/** `npm run models`: what versions a model has and which of them serves, in the local cloud or, with `--stack`, in AWS. */
import { KEYS } from '../../functions/contract/keys.ts';
import { deleteVersion, keepLast, promote, rollBack, startTrial } from '../../functions/models/registry.ts';
import { findLatest, getServing, getVersion, versionsOf } from '../../functions/models/versions.ts';
import {
  type CandidateModel,
  candidateModel,
  type ModelVersion,
  modelVersion,
} from '../../functions/schemas/documents.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { newestOf } from '../../functions/store/series.ts';
import { type Options, texts, UsageError, wholeNumber } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { findTarget, TARGET_OPTIONS } from '../client/target.ts';
import { fitColumns } from '../support/columns.ts';
import { JSON_OPTION, printResult, tell } from '../support/result.ts';
import { describeModel, describeVersion, formatShare } from './describe-models.ts';

const HELP = `npm run models -- COMMAND [options]
  list [MODEL]              the newest versions, and which one serves
    --limit N               how many of each model (default 100)
  show MODEL [VERSION]      one version's lineage as JSON (default: the one that serves)
  promote MODEL VERSION     lets this version serve, whatever its metrics, and ends a trial
    --canary SHARE          only puts it on trial: it answers this share of the requests, e.g. 0.1
    --shadow SHARE          only puts it on trial: it is compared on this share, what serves answers
  rollback MODEL            ends a trial; without one, lets the version serve again that served before
  delete MODEL VERSION...   removes versions that don't serve; their checkpoints stay with their runs
  delete MODEL --keep N     removes all but the last N, what serves and what a rollback goes back to
  --json                    the result of any of them as JSON, as that of show always is
  --stack NAME              in the cloud: the name the app was deployed under (default: the running local cloud)
  --data FOLDER             the local cloud's data folder (default .stepnet)`;

const LIMIT = 100;
const OPTIONS = {
  ...TARGET_OPTIONS,
  ...JSON_OPTION,
  ...texts('keep', 'canary', 'shadow', 'limit'),
} as const;

async function models(options: Options<typeof OPTIONS>, words: string[]): Promise<undefined> {
  // Read before anything is connected to: a wrong command line is wrong everywhere.
  const act = readCommand(words, options);
  await act((await findTarget(options)).store());
}

/** @throws UsageError naming what is wrong and what is allowed */
function readCommand(
  [command = '', ...words]: string[],
  options: Options<typeof OPTIONS>,
): (store: ObjectStore) => Promise<void> {
  const [model = '', ...rest] = words;
  const trial = readTrial(options);
  if (trial !== undefined && command !== 'promote')
    throw new UsageError(`--${trial.mode}: goes with promote`);
  if (options.limit !== undefined && command !== 'list') throw new UsageError('--limit: goes with list');
  if (options.keep !== undefined && command !== 'delete') throw new UsageError('--keep: goes with delete');
  if (words.length > 0 && !modelVersion.shape.model.safeParse(model).success) {
    throw new UsageError(`MODEL: got ${model}, expected 1-63 of a-z 0-9 . _ -`);
  }
  const versions = rest.map((text) => wholeNumber('VERSION', text, 1));
  const keep = options.keep === undefined ? undefined : wholeNumber('--keep', options.keep, 1);
  const { json } = options;
  const limit = options.limit === undefined ? LIMIT : wholeNumber('--limit', options.limit, 1);
  const [version] = versions as [number];
  /** How many words each command takes after its own, at least and at most, and what it does. */
  const commands: Record<string, [least: number, most: number, act: (store: ObjectStore) => Promise<void>]> =
    {
      list: [0, 1, (store) => list(store, words[0], limit, json === true)],
      show: [1, 2, (store) => show(store, model, versions[0])],
      promote:
        trial === undefined
          ? [2, 2, (store) => promoteVersion(store, model, version, json)]
          : [2, 2, (store) => tryVersion(store, model, { ...trial, version }, json)],
      rollback: [1, 1, (store) => rollBackModel(store, model, json)],
      delete:
        keep === undefined
          ? [2, Number.POSITIVE_INFINITY, (store) => deleteVersions(store, model, versions, json)]
          : [1, 1, (store) => keepVersions(store, model, keep, json)],
    };
  const [least, most, act] = Object.hasOwn(commands, command) ? commands[command]! : [1, 0];
  if (act === undefined || words.length < least || words.length > most) throw new UsageError(HELP);
  return act;
}

/** @throws UsageError for a share that is none, and for both modes at once */
function readTrial({ canary, shadow }: Options<typeof OPTIONS>): Omit<CandidateModel, 'version'> | undefined {
  if (canary !== undefined && shadow !== undefined)
    throw new UsageError('--canary, --shadow: expected one of them');
  const mode = canary === undefined ? 'shadow' : 'canary';
  const text = canary ?? shadow;
  if (text === undefined) return undefined;
  const share = candidateModel.shape.share.safeParse(text.trim() === '' ? undefined : Number(text));
  if (share.success) return { mode, share: share.data };
  throw new UsageError(`--${mode}: got ${text}, expected a share above 0, at most 1`);
}

async function list(
  store: ObjectStore,
  only: string | undefined,
  limit: number,
  isJson: boolean,
): Promise<void> {
  const models = only === undefined ? await store.listFolders(KEYS.modelsPrefix) : [only];
  const results: object[] = [];
  if (models.length === 0 && !isJson) console.log('no model has a version yet');
  for (const model of models) {
    const versions = await newestVersions(store, model, limit);
    if (versions.length === 0) throw new Error(`model ${model} has no version`);
    const latest = await findLatest(store, model);
    if (isJson) results.push({ model, latest: latest ?? null, versions });
    else console.log(fitColumns(describeModel(model, versions, latest)));
  }
  if (isJson) printResult(results);
}

async function newestVersions(store: ObjectStore, model: string, most: number): Promise<ModelVersion[]> {
  const versions: ModelVersion[] = [];
  for (let omitted = 1; omitted > 0 && versions.length < most; ) {
    const page = await newestOf(store, versionsOf(model), most - versions.length, versions[0]?.version);
    versions.unshift(...page.documents);
    omitted = page.documents.length === 0 ? 0 : page.omitted;
  }
  return versions;
}

async function show(store: ObjectStore, model: string, version: number | undefined): Promise<void> {
  const document =
    version === undefined ? await getServing(store, model) : await getVersion(store, model, version);
  console.log(describeVersion(document, await findLatest(store, model)));
}

async function promoteVersion(
  store: ObjectStore,
  model: string,
  version: number,
  json?: boolean,
): Promise<void> {
  const before = await promote(store, model, version);
  const earlier = before === undefined || before === version ? '' : ` instead of version ${before}`;
  tell(json, `${model} version ${version} serves${earlier}`, { model, version, before: before ?? null });
}

async function tryVersion(
  store: ObjectStore,
  model: string,
  candidate: CandidateModel,
  json?: boolean,
): Promise<void> {
  await startTrial(store, model, candidate);
  const { version, mode, share } = candidate;
  const words = `${model} version ${version} is on trial as ${mode} of ${formatShare(share)} of the requests`;
  tell(json, words, { model, candidate });
}

async function rollBackModel(store: ObjectStore, model: string, json?: boolean): Promise<void> {
  const { from, to, endedTrial } = await rollBack(store, model);
  const words =
    endedTrial === undefined
      ? `${model} version ${to} serves again instead of version ${from}`
      : `the trial of ${model} version ${endedTrial} is over; version ${to} serves`;
  tell(json, words, { model, version: to, before: from, endedTrial: endedTrial ?? null });
}

async function deleteVersions(
  store: ObjectStore,
  model: string,
  versions: number[],
  json?: boolean,
): Promise<void> {
  for (const version of versions) {
    await deleteVersion(store, model, version);
    if (json !== true) console.log(`${model} version ${version} was deleted`);
  }
  if (json === true) printResult({ model, deleted: versions });
}

async function keepVersions(store: ObjectStore, model: string, keep: number, json?: boolean): Promise<void> {
  const removed = await keepLast(store, model, keep);
  const words =
    removed.length === 0
      ? `${model} has nothing to delete`
      : `deleted of ${model}: version${removed.length === 1 ? '' : 's'} ${removed.join(', ')}`;
  tell(json, words, { model, deleted: removed });
}

runCommand(HELP, OPTIONS, models);
