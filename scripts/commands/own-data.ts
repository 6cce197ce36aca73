/** What `npm run train -- --csv FILE` does before the run: the file becomes a declared dataset and a config that is kept. */
import { basename, dirname, join } from 'node:path';
import { specOf, type UserDataset } from '../../core/ingest/catalogue/user-dataset.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { definitionOf } from '../../functions/dataset/sources.ts';
import { datasetManifest } from '../../functions/schemas/dataset.ts';
import { name as nameSchema } from '../../functions/schemas/parts.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { findDocument } from '../../functions/store/verified.ts';
import { UsageError } from '../cli/arguments.ts';
import { openOwn, ownKey, uploadOwn } from '../client/own-file.ts';
import {
  describeTable,
  type ReadTable,
  readOwnTable,
  readSplit,
  type TableOptions,
} from '../client/own-table.ts';
import { readIfThere, writeWhole } from '../support/files.ts';
import { shellWord } from '../support/shell.ts';

export interface OwnOptions extends TableOptions {
  csv?: string;
  test?: string;
  'test-share'?: string;
  'split-seed'?: string;
  'dry-run'?: boolean;
}

export interface OwnData {
  /** The state machine's input, with what the user gave besides. */
  input: Record<string, unknown>;
  /** A row to predict. */
  example: ReadTable['example'];
  /** Where the config was written. */
  path: string;
}

/**
 * @param given fields of the config that the user gave; `dataset` is a name for what becomes of the file
 * @param store asked for when the file is known to be a table; undefined for a dry run
 */
export async function prepareTable(
  given: Record<string, unknown>,
  options: OwnOptions,
  store: (() => Promise<ObjectStore>) | undefined,
): Promise<OwnData> {
  const file = await openOwn('--csv', options.csv!);
  if (options.test !== undefined && options['test-share'] !== undefined) {
    throw new UsageError('--test-share: got it beside --test, expected one of the two');
  }
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
  const bucket = await store?.();
  const name = bucket === undefined ? wanted : await freeName(bucket, wanted, declare);
  const trained = test === undefined ? Math.floor(table.rows * 0.8) : table.rows;
  const { hidden, epochs, ...defaults } = defaultsFor(table, trained);
  const input = {
    // What the user gives instead replaces these.
    ...('layers' in given ? {} : { hidden }),
    ...('iterations' in given ? {} : { epochs, ...paceOf(trained, { ...defaults, epochs, ...given }) }),
    ...defaults,
    model: wanted,
    ...given,
    dataset: declare(name),
  };
  if (bucket !== undefined) {
    for (const own of [file, ...(test === undefined ? [] : [test])]) {
      const key = ownKey(wanted, own, own === file ? table.sha256 : tested!.sha256);
      console.log(
        `${own.path}: ${(await uploadOwn(bucket, key, own)) ? 'uploaded' : 'there already'} as ${key}`,
      );
    }
  }
  const path = join(dirname(file.path), `${wanted}.json`);
  keep(path, input, options['dry-run'] === true);
  return { input, example: table.example, path };
}

/** A test set has the columns of the training set; it is read for its own faults. */
async function readTest(file: Awaited<ReturnType<typeof openOwn>>, table: ReadTable, options: OwnOptions) {
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

/** The name itself, or with the first number under which nothing else is declared. */
async function freeName(
  store: ObjectStore,
  wanted: string,
  declare: (name: string) => UserDataset,
): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    const manifest = await findDocument(store, datasetManifest, KEYS.manifest(name));
    if (manifest === undefined) return name;
    if (manifest.formatVersion === 2 && manifest.definition === definitionOf(specOf(declare(name))))
      return name;
  }
}

/** Of a file's name what a dataset's may have. */
function nameOf(text: unknown): string {
  const name = String(text)
    .replace(/\.gz$/, '')
    .replace(/\.\w+$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '')
    .slice(0, 50);
  return nameSchema.safeParse(name).success ? name : 'own-data';
}

/** Steps that a table's network is trained for, about. */
const STEPS = 4000;
const MOST_EPOCHS = 200;
const LEAST_EPOCHS = 5;
/** Of a run, about. */
const EVALUATIONS = 20;
const MOST_IN_MEMORY = 500_000;

/** Hyperparameters that do for most tables: what the user gives replaces them. */
function defaultsFor({ rows, task }: ReadTable, trained: number): Record<string, unknown> {
  const batchSize = Math.max(4, Math.min(256, 2 ** Math.round(Math.log2(Math.max(1, trained / 50)))));
  const steps = Math.max(1, Math.floor(trained / batchSize));
  return {
    hidden: [32, 16],
    activation: 'relu',
    ...(task === 'regression' ? { output: 'identity', loss: 'meanSquaredError' } : {}),
    weightInit: { kind: 'he' },
    optimizer: 'adam',
    learningRate: 0.003,
    batchSize: Math.min(batchSize, Math.max(1, Math.floor(trained / 2))),
    epochs: Math.max(LEAST_EPOCHS, Math.min(MOST_EPOCHS, Math.ceil(STEPS / steps))),
    sampling: rows > MOST_IN_MEMORY ? 'shardShuffle' : 'shuffle',
  };
}

/**
 * Of many short epochs, some together are a chunk and are evaluated once: each chunk costs state transitions, and each
 * evaluation a line of the table.
 */
function paceOf(trained: number, given: Record<string, unknown>): Record<string, number> {
  const [epochs, batchSize] = [Number(given.epochs), Number(given.batchSize)];
  const every = Math.max(1, Math.floor(trained / batchSize)) * Math.max(1, Math.round(epochs / EVALUATIONS));
  // A wrong value is told of when the whole config is checked.
  return Number.isSafeInteger(every) ? { chunkIterations: every, evaluateEvery: every } : {};
}

/** Leaves the config beside the file. What was there before, if it was another one, is kept, too. */
function keep(path: string, input: Record<string, unknown>, isDry: boolean): void {
  const text = `${JSON.stringify(input, null, 2)}\n`;
  const there = readIfThere(path);
  if (isDry) {
    console.log(text);
    return;
  }
  if (there === text) return;
  if (there !== undefined) {
    writeWhole(`${path}.before`, there);
    console.log(`${path} had other content, which is ${path}.before now`);
  }
  writeWhole(path, text);
  console.log(`wrote ${path}: change it and train again with npm run train -- ${shellWord(path)}`);
}

const PIECE = 64 * 1024 * 1024;

/** Says how far a large file is. */
function progressOf(bytes: number): (read: number) => void {
  let done = 0;
  let said = 0;
  return (read) => {
    done += read;
    if (bytes < 2 * PIECE || done - said < PIECE) return;
    said = done;
    console.log(`read ${Math.floor((100 * done) / bytes)} % of ${Math.round(bytes / 1e6)} MB`);
  };
}
