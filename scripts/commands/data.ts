/** `npm run data`: the datasets in the app's bucket, who uses them, how one comes and how one goes. */
import { KEYS } from '../../functions/contract/keys.ts';
import { findDeclaration } from '../../functions/dataset/declarations.ts';
import { shapeOf } from '../../functions/dataset/manifest.ts';
import { type DatasetManifest, datasetManifest } from '../../functions/schemas/dataset.ts';
import { name as nameSchema } from '../../functions/schemas/parts.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { mapSomeAtOnce } from '../../functions/store/some-at-once.ts';
import { findDocument } from '../../functions/store/verified.ts';
import { checkName, type Options, UsageError } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { absent, datasetsIn, deleteDataset, usersOf } from '../client/datasets.ts';
import { PICTURE_OPTIONS } from '../client/own-pictures.ts';
import { TABLE_OPTIONS } from '../client/own-table.ts';
import { findTarget, TARGET_OPTIONS } from '../client/target.ts';
import { colourTable } from '../support/colour.ts';
import { alignColumns } from '../support/columns.ts';
import { JSON_OPTION, printResult, talkOnStandardError } from '../support/result.ts';
import { type AddOptions, addDataset } from './add-dataset.ts';
import { atPlace } from './place.ts';
import { parsePorts } from './ports.ts';

const HELP = `npm run data -- COMMAND [options]
  list            every dataset that is there, with its rows
  show NAME       its columns, classes, rows, and the versions that were trained on it, as JSON
  add FILE        makes a dataset that configs may name, without training: of a table, of a folder of pictures, or of
                  a declaration in a .json file; where no local cloud runs on the data folder, one is there for as long as it takes
  delete NAME     removes it and the files that were uploaded for it and that no other dataset is made of, unless a
                  version was trained on it
    --force       removes it all the same: models of tables that were trained on it then take no rows any more
  --stack NAME    in the cloud: the name the app was deployed under (default: the running local cloud)
  --data FOLDER   the local cloud's data folder (default .stepnet)
  --json          the result of list, add and delete as JSON; all else goes to standard error

Of what is added, as npm run train takes them with --csv and --images (its --help says what they mean):
  --name NAME     of the dataset (default: the file's or the folder's)
  --target COLUMN --test FILE --test-share N --split-seed N --ignore NAMES
  --type NAME=T --task WHAT --delimiter D --decimal D --header WHAT
  --size WxH --channels N --fit HOW`;

const OPTIONS = {
  ...TARGET_OPTIONS,
  ...TABLE_OPTIONS,
  ...PICTURE_OPTIONS,
  ...JSON_OPTION,
  name: { type: 'string' },
  force: { type: 'boolean' },
} as const;

async function data(options: Options<typeof OPTIONS>, words: string[]): Promise<number | undefined> {
  const [command = '', word, ...more] = words;
  const needsWord = command === 'show' || command === 'add' || command === 'delete';
  if (!(needsWord || command === 'list') || (word !== undefined) !== needsWord || more.length > 0) {
    throw new UsageError(HELP);
  }
  const { stack, data: folder, json, force, name, ...table } = options;
  if (force === true && command !== 'delete') throw new UsageError('--force: goes with delete');
  const [stray] = Object.keys({ ...table, ...(name === undefined ? {} : { name }) });
  if (stray !== undefined && command !== 'add') throw new UsageError(`--${stray}: goes with add`);
  if (json === true) talkOnStandardError();
  const where = { stack, data: folder };
  if (command === 'add') return add(word!, name, { ...table }, where, json === true);
  checkName('NAME', word, nameSchema);
  const store = (await findTarget(where)).store();
  if (command === 'list') return list(store, json === true);
  if (command === 'show') return show(store, word!);
  return remove(store, word!, force === true, json === true);
}

async function add(
  file: string,
  name: string | undefined,
  table: AddOptions,
  where: { stack?: string | undefined; data: string },
  isJson: boolean,
): Promise<number> {
  checkName('--name', name, nameSchema);
  return atPlace(where, parsePorts({ port: '0' }), async (place) => {
    const added = await addDataset(file, name, table, async () => (await place.target()).store());
    if (isJson) printResult(added);
    return 0;
  });
}

async function list(store: ObjectStore, isJson: boolean): Promise<undefined> {
  const names = await datasetsIn(store);
  if (isJson) {
    printResult(await mapSomeAtOnce(names, async (name) => ({ name, ...(await sizesOf(store, name)) })));
    return;
  }
  if (names.length === 0) console.log('no datasets');
  const rows = await mapSomeAtOnce(names, async (name) => {
    const manifest = await findDocument(store, datasetManifest, KEYS.manifest(name));
    if (manifest === undefined) return [name, 'not prepared', '', ''];
    const { train, test } = manifest.splits;
    return [name, `${train.size} + ${test.size}`, outputsOf(manifest), manifest.inputShape.join('×')];
  });
  if (rows.length > 0) {
    const lines = alignColumns([['dataset', 'rows', 'predicts', 'inputs'], ...rows], () => true);
    console.log(colourTable(lines).join('\n'));
  }
}

/** Rows of both splits, and what a row is; nothing of a dataset that no run has prepared yet. */
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

async function show(store: ObjectStore, name: string): Promise<undefined> {
  const declaration = await findDeclaration(store, name);
  const manifest = await findDocument(store, datasetManifest, KEYS.manifest(name));
  if (manifest === undefined) {
    if (declaration === undefined) throw await absent(store, name);
    printResult({ name, declaration, rows: null });
    return;
  }
  const { splits, sources, ...told } = manifest;
  const { encoding, ...rest } = 'encoding' in told ? told : { ...told, encoding: undefined };
  const rows = { train: splits.train.size, test: splits.test.size };
  const columns = encoding?.columns.map((column) =>
    column.type === 'numeric' ? { name: column.name, ...column.statistics } : column,
  );
  const usedBy = await usersOf(store, name);
  printResult({ ...rest, rows, columns, sources, declaration, usedBy });
}

async function remove(
  store: ObjectStore,
  name: string,
  isForced: boolean,
  isJson: boolean,
): Promise<undefined> {
  const deleted = await deleteDataset(store, name, isForced);
  if (isJson) {
    printResult({ name, ...deleted });
    return;
  }
  console.log(`deleted ${name}, ${deleted.objects} objects`);
  for (const { key, dataset } of deleted.kept) console.log(`kept ${key}, which ${dataset} is made of, too`);
}

runCommand(HELP, OPTIONS, data);
