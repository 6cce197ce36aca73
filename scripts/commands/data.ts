/** `npm run data`: the datasets in the app's bucket, who uses them, and how one goes. */
import { KEYS } from '../../functions/contract/keys.ts';
import { shapeOf } from '../../functions/dataset/manifest.ts';
import { findVersion, listVersions } from '../../functions/models/versions.ts';
import { type DatasetManifest, datasetManifest } from '../../functions/schemas/dataset.ts';
import { unknownName } from '../../functions/schemas/near-miss.ts';
import { name as nameSchema } from '../../functions/schemas/parts.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { mapSomeAtOnce } from '../../functions/store/some-at-once.ts';
import { findDocument } from '../../functions/store/verified.ts';
import { checkName, type Options, UsageError } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { findTarget, TARGET_OPTIONS } from '../client/target.ts';
import { alignColumns } from '../support/columns.ts';
import { JSON_OPTION, printResult } from '../support/result.ts';

const HELP = `npm run data -- COMMAND [options]
  list            every dataset that is there, with its rows
    --json        as JSON, as show always is
  show NAME       its columns, classes, rows, and the versions that were trained on it
  delete NAME     removes it and the files that were uploaded for it, unless a version was trained on it
    --force       removes it all the same: models of tables that were trained on it then take no rows any more
  --stack NAME    in the cloud: the name the app was deployed under (default: the running local cloud)
  --data FOLDER   the local cloud's data folder (default .stepnet)`;

const OPTIONS = { ...TARGET_OPTIONS, ...JSON_OPTION, force: { type: 'boolean' } } as const;

async function data(options: Options<typeof OPTIONS>, words: string[]): Promise<undefined> {
  const [command = '', name, ...more] = words;
  const needsName = command === 'show' || command === 'delete';
  if (!(needsName || command === 'list') || (name !== undefined) !== needsName || more.length > 0) {
    throw new UsageError(HELP);
  }
  if (options.json === true && command === 'delete') throw new UsageError('--json: goes with list and show');
  if (options.force === true && command !== 'delete') throw new UsageError('--force: goes with delete');
  checkName('NAME', name, nameSchema);
  const store = (await findTarget(options)).store();
  if (command === 'list') return list(store, options.json === true);
  const manifest = await findDocument(store, datasetManifest, KEYS.manifest(name!));
  if (command === 'show') return show(store, name!, manifest);
  return remove(store, name!, options.force === true);
}

const datasetsIn = (store: ObjectStore): Promise<string[]> => store.listFolders(KEYS.datasetsPrefix);

async function list(store: ObjectStore, isJson: boolean): Promise<undefined> {
  const names = await datasetsIn(store);
  if (isJson) {
    printResult(await mapSomeAtOnce(names, async (name) => ({ name, ...(await sizesOf(store, name)) })));
    return;
  }
  if (names.length === 0) console.log('no datasets');
  const rows = await mapSomeAtOnce(names, async (name) => {
    const manifest = await findDocument(store, datasetManifest, KEYS.manifest(name));
    if (manifest === undefined) return [name, 'not sharded', '', ''];
    const { train, test } = manifest.splits;
    return [name, `${train.size} + ${test.size}`, outputsOf(manifest), manifest.inputShape.join('×')];
  });
  if (rows.length > 0) {
    console.log(alignColumns([['dataset', 'rows', 'predicts', 'inputs'], ...rows], () => true).join('\n'));
  }
}

/** Rows of both splits, and what a row is; nothing of a dataset that is not sharded yet. */
async function sizesOf(store: ObjectStore, name: string): Promise<object> {
  const manifest = await findDocument(store, datasetManifest, KEYS.manifest(name));
  if (manifest === undefined) return { rows: null };
  const { splits, inputShape } = manifest;
  const { classes = null } = shapeOf(manifest);
  return { rows: { train: splits.train.size, test: splits.test.size }, inputShape, classes };
}

function outputsOf(manifest: DatasetManifest): string {
  const { classes } = shapeOf(manifest);
  if (classes !== undefined) return `${classes} classes`;
  return 'targets' in manifest ? manifest.targets!.join(', ') : '';
}

async function show(
  store: ObjectStore,
  name: string,
  manifest: DatasetManifest | undefined,
): Promise<undefined> {
  if (manifest === undefined) throw await absent(store, name);
  const { splits, sources, ...told } = manifest;
  const { encoding, ...rest } = 'encoding' in told ? told : { ...told, encoding: undefined };
  const rows = { train: splits.train.size, test: splits.test.size };
  const columns = encoding?.columns.map((column) =>
    column.type === 'numeric' ? { name: column.name, ...column.statistics } : column,
  );
  const usedBy = await usersOf(store, name);
  console.log(JSON.stringify({ ...rest, rows, columns, sources, usedBy }, null, 2));
}

async function absent(store: ObjectStore, name: string): Promise<Error> {
  return new Error(`dataset ${name}: ${unknownName(name, await datasetsIn(store))}`);
}

/** Versions that were trained on the dataset, as `model version`. */
async function usersOf(store: ObjectStore, name: string): Promise<string[]> {
  const models = await store.listFolders(KEYS.modelsPrefix);
  const found = await mapSomeAtOnce(models, async (model) => {
    const users: string[] = [];
    for (const version of await listVersions(store, model)) {
      const document = await findVersion(store, model, version);
      if (document?.dataset.name === name) users.push(`${model} ${version}`);
    }
    return users;
  });
  return found.flat();
}

async function remove(store: ObjectStore, name: string, isForced: boolean): Promise<undefined> {
  const keys = [
    ...(await store.list(`${KEYS.datasetsPrefix}${name}/`)),
    ...(await store.list(`${KEYS.importsPrefix}${name}/`)),
  ];
  if (keys.length === 0) throw await absent(store, name);
  const users = await usersOf(store, name);
  if (users.length > 0 && !isForced) {
    throw new Error(
      `dataset ${name}: ${users.join(', ')} ${users.length === 1 ? 'was' : 'were'} trained on it, expected none; --force deletes it all the same`,
    );
  }
  // The manifest first: without it, what is left is no dataset any more.
  const manifest = KEYS.manifest(name);
  if (keys.includes(manifest)) await store.delete(manifest);
  await mapSomeAtOnce(
    keys.filter((key) => key !== manifest),
    (key) => store.delete(key),
  );
  console.log(`deleted ${name}, ${keys.length} objects`);
}

runCommand(HELP, OPTIONS, data);
