/**
 * `npm run train`: starts a run in the deployed cloud (`--stack`) or in the local cloud, and follows it; with `--csv` on a
 * table of one's own, with `--images` on one's own pictures. Where no local cloud runs, it starts one and serves the model.
 */
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { newRunName } from '../../functions/executions/names.ts';
import type { JobConfig } from '../../functions/schemas/config.ts';
import { executionName } from '../../functions/schemas/parts.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { checkName, type Options, UsageError } from '../cli/arguments.ts';
import { type JobInput, runInputCommand } from '../cli/command.ts';
import { findRunningExecution } from '../client/executions.ts';
import { findJob } from '../client/named-dataset.ts';
import { PICTURE_OPTIONS } from '../client/own-pictures.ts';
import { TABLE_OPTIONS } from '../client/own-table.ts';
import { checkBegun, showOutcome, showToItsEnd, startExecution } from '../client/run.ts';
import { findRunToTrain } from '../client/run-to-train.ts';
import { TARGET_OPTIONS, type Target } from '../client/target.ts';
import { readLocalCloud } from '../cloud/connection.ts';
import { JSON_OPTION, talkOnStandardError } from '../support/result.ts';
import { checkedPrediction, imageCurl } from './example.ts';
import type { LocalApp } from './local-app.ts';
import { prepareTable } from './own-csv.ts';
import type { DataOptions, OwnData } from './own-data.ts';
import { OF_PICTURES, preparePictures } from './own-pictures.ts';
import { atPlace } from './place.ts';
import { PORT_OPTIONS, parsePorts } from './ports.ts';
import { asCurl, checkAnswer, describeBody, type Question, usualQuestion } from './question.ts';

const HELP = `npm run train -- [FILE.json] [options]
  --stack NAME    train in the cloud: the name the app was deployed under (default: the local cloud)
  --data FOLDER   the local cloud's data folder (default .stepnet); where none runs there, this command starts one,
                  and serves the model when it is trained
  --exit          don't serve it: end after one checked prediction (exit code 0 or 1), as with --json
  --port N        port of a local cloud that this command starts (default 3000); 0 picks free ones
  --config FILE   the run's config as JSON, as FILE.json
  --<field> VALUE one field of it, e.g. --iterations 2000 --learning-rate 0.2 --hidden 100,50
  --name NAME     the run's id (default: dataset and time); one that runs with this config is followed
  --json          what came of it as JSON; all else goes to standard error

A table of your own, for which the config is made and kept as NAME.json (NAME: --dataset, or the file's):
  --csv FILE      CSV, also gzipped; columns, types and how it is written are found out and shown
  --table FILE    the same, or Parquet
  --target COLUMN what is to be predicted
  --test FILE     the test set (default: a fifth of the rows)
  --test-share N  share of the rows that are the test set (default 0.2)
  --split-seed N  deals the rows otherwise (default 0)
  --ignore NAMES  columns to leave out, with commas between
  --type NAME=T   what a column is: numeric, categorical or ignore; once for each
  --task WHAT     classification or regression
  --delimiter D   , ; tab or |
  --decimal D     . or ,
  --header WHAT   yes or no
  --dry-run       only show what would be trained

Pictures of your own, PNG and JPEG, for which the config is made and kept as NAME.json (NAME: --dataset, or the folder's):
  --images FOLDER a folder for each class, or the like below train/ and test/, or labels.csv beside the pictures;
                  classes and sizes are found out and shown
  --test FOLDER   the test set (default: test/, or a fifth of the pictures); --test-share and --split-seed as above
  --size WxH      what each becomes, e.g. 28x28
  --channels N    1 for grey, 3 for colours
  --fit HOW       with another aspect: crop takes the middle (default), stretch all of it
  --ignore NAMES  classes to leave out, with commas between
  --target COLUMN which one of labels.csv is the label
  --dry-run       only show what would be trained`;

const OPTIONS = {
  ...TARGET_OPTIONS,
  ...TABLE_OPTIONS,
  ...JSON_OPTION,
  ...PORT_OPTIONS,
  name: { type: 'string' },
  exit: { type: 'boolean' },
  ...PICTURE_OPTIONS,
  csv: { type: 'string' },
  table: { type: 'string' },
  images: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;
type TrainOptions = Options<typeof OPTIONS>;

async function train(given: Record<string, unknown>, options: TrainOptions): Promise<number> {
  checkName('--name', options.name, executionName);
  checkOwn(options);
  if (options.exit === true && options.stack !== undefined) {
    throw new UsageError('--exit: goes with a local cloud; with --stack the command ends by itself');
  }
  const ports = parsePorts(options);
  if (options.json === true) talkOnStandardError();
  return atPlace(options, ports, async (place) => {
    const isDry = options['dry-run'] === true;
    const own = await prepare(given, options, isDry ? undefined : async () => (await place.target()).store());
    const job = await findJob(own?.input ?? given, async () => (await place.target()).store());
    const { config } = job;
    if (isDry) return 0;
    const target = await place.target();
    await trainRun(job, options, target, place.app);
    const question = own?.question(config.model);
    if (place.app !== undefined) return serve(config, question, options, target, place.app);
    if (question !== undefined) console.log(await describeQuestion(question, options));
    return 0;
  });
}

/** Data of one's own becomes a dataset; undefined where the config names one. */
function prepare(
  given: Record<string, unknown>,
  options: TrainOptions,
  store: (() => Promise<ObjectStore>) | undefined,
): Promise<OwnData> | undefined {
  // Without the fields that are not given.
  const own = JSON.parse(JSON.stringify(options)) as DataOptions;
  if (options.csv !== undefined || options.table !== undefined) return prepareTable(given, own, store);
  return options.images === undefined ? undefined : preparePictures(given, own, store);
}

async function trainRun(
  { input, config }: JobInput,
  options: TrainOptions,
  target: Target,
  app: LocalApp | undefined,
): Promise<void> {
  const stateMachineArn = target.output(OUTPUTS.stateMachine);
  const request = { ...target, stateMachineArn, input, json: options.json };
  if (options.name !== undefined) await checkBegun(target.store(), options.name);
  if (app !== undefined && options.name === undefined) {
    // As npm start does: what was interrupted on this folder goes on.
    const run = await findRunToTrain({ ...request, config }, app.cloud.endpoints.http);
    const arn = await run.begin();
    await showOutcome('run', { ...request, name: run.runId }, arn, run.isNew ? 'started' : 'goes on');
    return;
  }
  const { name = newRunName(datasetName(config.dataset)) } = options;
  // What a name given by hand means may run already.
  const running =
    options.name === undefined
      ? undefined
      : await findRunningExecution(target.client, stateMachineArn, config, name);
  const [arn, verb] =
    running === undefined
      ? ([await startExecution({ ...request, name }), 'started'] as const)
      : ([running.executionArn, 'goes on'] as const);
  // The end of a local cloud of its own is the end of the command.
  const show = app === undefined ? showToItsEnd : showOutcome;
  await show('run', { ...request, name }, arn, verb);
}

/** Says how the model is asked, until somebody ends the command; with `--exit` it is asked once instead. */
async function serve(
  config: JobConfig,
  own: Question | undefined,
  options: TrainOptions,
  target: Target,
  app: LocalApp,
): Promise<number | 'serve'> {
  const { http } = app.cloud.endpoints;
  const question = own ?? (await usualQuestion(target.store(), config, options.data));
  if (options.exit === true || options.json === true) {
    return question === undefined ? checkedPrediction(http, config) : checkAnswer(http, question);
  }
  const curl =
    question !== undefined
      ? asCurl(http, question)
      : config.dataset === 'mnist'
        ? imageCurl(http, config.model, options.data)
        : undefined;
  const asked = curl === undefined ? '' : `; predict with\n\n  ${curl}\n`;
  console.log(`\nserving on ${http} until Ctrl-C, with a page for browsers${asked}`);
  return 'serve';
}

/** What each kind of data is corrected by; `--dry-run` goes with either. */
const OF_DATA = {
  csv: Object.keys(TABLE_OPTIONS),
  table: Object.keys(TABLE_OPTIONS),
  images: OF_PICTURES,
} as const;
const DATA = { csv: '--csv FILE', table: '--table FILE', images: '--images FOLDER' } as const;
type Kind = keyof typeof DATA;

/** Options that mean nothing without their data. */
function checkOwn(options: TrainOptions): void {
  const kinds = (Object.keys(DATA) as Kind[]).filter((kind) => options[kind] !== undefined);
  if (kinds.length > 1)
    throw new UsageError(`--${kinds[1]}: got it beside --${kinds[0]}, expected one of the two`);
  const taken = new Set(kinds.length === 0 ? [] : ['dry-run', ...OF_DATA[kinds[0]!]]);
  const isGiven = (name: string) => options[name as keyof TrainOptions] !== undefined;
  const wrong = ['dry-run', ...OF_DATA.csv, ...OF_DATA.images].find(
    (name) => !taken.has(name) && isGiven(name),
  );
  if (wrong === undefined) return;
  const fitting = (Object.keys(DATA) as Kind[]).filter(
    (kind) => wrong === 'dry-run' || OF_DATA[kind].includes(wrong),
  );
  throw new UsageError(`--${wrong}: goes with ${fitting.map((kind) => DATA[kind]).join(' or ')}`);
}

/** A request that a shell takes as it is, here; in AWS, where it is signed, what its body is. */
async function describeQuestion(question: Question, { stack, data }: TrainOptions): Promise<string> {
  if (stack !== undefined) {
    return `predict with a signed POST to ${question.path} (docs/deploy.md): ${describeBody(question)}`;
  }
  const { endpoints } = await readLocalCloud(data);
  return `predict with\n\n  ${asCurl(endpoints.http, question)}\n`;
}

runInputCommand(HELP, OPTIONS, train);
