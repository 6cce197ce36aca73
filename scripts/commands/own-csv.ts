/** What `npm run train -- --csv FILE` and `--table FILE` do before the run: the file becomes a declared dataset. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { decodeLatin1 } from '../../core/bytes/byte-reader.ts';
import type { UserDataset } from '../../core/ingest/catalogue/user-dataset.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { UsageError } from '../cli/arguments.ts';
import { headOf, type OwnFile, openOwn, ownKey } from '../client/own-file.ts';
import {
  describeTable,
  type ReadTable,
  readOwnTable,
  readSplit,
  type TableOptions,
} from '../client/own-table.ts';
import {
  checkTest,
  type DataOptions,
  defaultsFor,
  makeDataset,
  nameOf,
  type OwnData,
  progressOf,
} from './own-data.ts';
import { rowQuestion } from './question.ts';

/** Rows that a function that trains can surely hold. */
const MOST_IN_MEMORY = 500_000;

/**
 * @param given fields of the config that the user gave; `dataset` is a name for what becomes of the file
 * @param store asked for when the file is known to be a table; undefined for a dry run
 */
export async function prepareTable(
  given: Record<string, unknown>,
  options: TableOptions & DataOptions & { csv?: string; table?: string },
  store: (() => Promise<ObjectStore>) | undefined,
): Promise<OwnData> {
  const scratch = mkdtempSync(join(tmpdir(), 'stepnet-table-'));
  try {
    return await prepareIn(scratch, given, options, store);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function prepareIn(
  scratch: string,
  given: Record<string, unknown>,
  options: Parameters<typeof prepareTable>[1],
  store: Parameters<typeof prepareTable>[2],
): Promise<OwnData> {
  const [option, path] = options.table === undefined ? ['--csv', options.csv!] : ['--table', options.table];
  const { file, ...known } = await openTable(option!, path!, options, scratch);
  checkTest(options);
  const split = readSplit(options['test-share'], options['split-seed']);
  const table = await readOwnTable(file, options, progressOf(file.bytes), known);
  console.log(describeTable(table));
  const testTable =
    options.test === undefined ? undefined : await openTable('--test', options.test, options, scratch);
  const test = testTable?.file;
  const tested = testTable && (await readTest(testTable, table, options));
  const wanted = nameOf(given.dataset ?? basename(known.what));
  const declare = (dataset: string): UserDataset => ({
    name: dataset,
    format: 'csv',
    train: [{ key: ownKey(wanted, file, table.sha256), sha256: table.sha256 }],
    ...(test === undefined
      ? { split }
      : { test: [{ key: ownKey(wanted, test, tested!.sha256), sha256: tested!.sha256 }] }),
    ...table.schema,
  });
  const trained = test === undefined ? Math.floor(table.rows * 0.8) : table.rows;
  const files = [
    { name: known.what, file, key: ownKey(wanted, file, table.sha256) },
    ...(test === undefined
      ? []
      : [{ name: testTable!.what, file: test, key: ownKey(wanted, test, tested!.sha256) }]),
  ];
  const hyperparameters = {
    ...defaultsFor(trained),
    ...(table.task === 'regression' ? { output: 'identity', loss: 'meanSquaredError' } : {}),
    sampling: table.rows > MOST_IN_MEMORY ? 'shardShuffle' : 'shuffle',
  };
  const config = join(dirname(known.what), `${wanted}.json`);
  const found = { wanted, declare, files, trained, hyperparameters, path: config };
  const made = await makeDataset(given, found, store);
  return { ...made, question: (model) => rowQuestion(model, table.example) };
}

/** A test set has the columns of the training set; it is read for its own faults. */
async function readTest({ file, ...known }: OpenTable, table: ReadTable, options: TableOptions) {
  const types = table.columns
    .filter(({ name }) => name !== options.target)
    .map(({ name, type }) => `${name}=${type}`);
  const { delimiter, decimal, header } = table.dialect;
  const read = {
    target: options.target!,
    delimiter,
    decimal,
    header: header ? 'yes' : 'no',
    task: table.task,
    type: types,
  };
  return readOwnTable(file, read, undefined, known);
}

interface OpenTable {
  /** CSV. */
  file: OwnFile;
  /** The file that was named. */
  what: string;
  /** Columns that it says are of texts. */
  texts?: string[];
}

/** The file, or the CSV that becomes of a Parquet file. @throws UsageError for options that Parquet leaves nothing to say of */
async function openTable(
  option: string,
  given: string,
  options: TableOptions,
  scratch: string,
): Promise<OpenTable> {
  const file = await openOwn(option, given);
  const { head } = await headOf(file, PARQUET.length);
  if (decodeLatin1(head) !== PARQUET) return { file, what: file.path };
  const wrong = (['delimiter', 'decimal', 'header'] as const).find((name) => options[name] !== undefined);
  if (wrong !== undefined) throw new UsageError(`--${wrong}: goes with CSV, and ${file.path} is Parquet`);
  const { csvOfParquet } = await import('../client/own-parquet.ts');
  const { leftOut, ...csv } = await csvOfParquet(file, mkdtempSync(join(scratch, 'of-')));
  if (leftOut.length > 0)
    console.log(`${file.path}: left out ${leftOut.join(', ')}, of which there is no text`);
  return { ...csv, what: file.path };
}

/** What such files begin with. */
const PARQUET = 'PAR1';
