/** What `npm run train -- --csv FILE` does before the run: the file becomes a declared dataset. */
import { basename, dirname, join } from 'node:path';
import type { UserDataset } from '../../core/ingest/catalogue/user-dataset.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { openOwn, ownKey } from '../client/own-file.ts';
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
  options: TableOptions & DataOptions & { csv?: string },
  store: (() => Promise<ObjectStore>) | undefined,
): Promise<OwnData> {
  const file = await openOwn('--csv', options.csv!);
  checkTest(options);
  const split = readSplit(options['test-share'], options['split-seed']);
  const table = await readOwnTable(file, options, progressOf(file.bytes));
  console.log(describeTable(table));
  const test = options.test === undefined ? undefined : await openOwn('--test', options.test);
  const tested = test && (await readTest(test, table, options));
  const wanted = nameOf(given.dataset ?? basename(file.path));
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
    { name: file.path, file, key: ownKey(wanted, file, table.sha256) },
    ...(test === undefined
      ? []
      : [{ name: test.path, file: test, key: ownKey(wanted, test, tested!.sha256) }]),
  ];
  const hyperparameters = {
    ...defaultsFor(trained),
    ...(table.task === 'regression' ? { output: 'identity', loss: 'meanSquaredError' } : {}),
    sampling: table.rows > MOST_IN_MEMORY ? 'shardShuffle' : 'shuffle',
  };
  const path = join(dirname(file.path), `${wanted}.json`);
  const found = { wanted, declare, files, trained, hyperparameters, path };
  const made = await makeDataset(given, found, store);
  return { ...made, question: (model) => rowQuestion(model, table.example) };
}

/** A test set has the columns of the training set; it is read for its own faults. */
async function readTest(file: Awaited<ReturnType<typeof openOwn>>, table: ReadTable, options: TableOptions) {
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
  return readOwnTable(file, read);
}
