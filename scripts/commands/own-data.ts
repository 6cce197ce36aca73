/** What `npm run train` does with data of one's own before the run: a declared dataset, and a config that is kept. */
import { presumedShape } from '../../core/ingest/catalogue/known-shape.ts';
import { specOf, type UserDataset } from '../../core/ingest/catalogue/user-dataset.ts';
import { name as nameSchema } from '../../functions/schemas/parts.ts';
import { validateAgainstDataset } from '../../functions/schemas/validate-against-dataset.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { checkInput, orUsageError, UsageError } from '../cli/arguments.ts';
import { declareDataset, freeName } from '../client/declare.ts';
import { type OwnFile, uploadOwn } from '../client/own-file.ts';
import { readIfThere, writeWhole } from '../support/files.ts';
import { shellWord } from '../support/shell.ts';
import type { Question } from './question.ts';

/** Options of data of any kind. */
export interface DataOptions {
  test?: string;
  'test-share'?: string;
  'split-seed'?: string;
  'dry-run'?: boolean;
}

export interface OwnData {
  /** The state machine's input, with what the user gave besides. */
  input: Record<string, unknown> & { dataset: UserDataset };
  /** Where it was written as a config. */
  path: string;
  /** That its model can be asked; undefined where no request is large enough. */
  question(model: string): Question | undefined;
}

/** What was found, before anything is uploaded or written. */
export interface FoundData {
  /** Name of the dataset, if it is free, and of the model. */
  wanted: string;
  declare(dataset: string): UserDataset;
  /** `name` is what people know it by. */
  files: { name: string; file: OwnFile; key: string }[];
  /** Rows of the training set, about. */
  trained: number;
  hyperparameters: Record<string, unknown>;
  /** Where the config is kept. */
  path: string;
}

/** @throws UsageError for two test sets */
export function checkTest(options: DataOptions): void {
  if (options.test === undefined || options['test-share'] === undefined) return;
  throw new UsageError('--test-share: got it beside --test, expected one of the two');
}

/**
 * Uploads what isn't there yet, declares the dataset, and keeps the config.
 *
 * @param given fields of the config that the user gave
 * @param store asked for when all is known to be right; undefined for a dry run
 * @throws UsageError for a config that can't be, before anything is uploaded
 */
export async function makeDataset(
  given: Record<string, unknown>,
  { wanted, declare, files, trained, hyperparameters, path }: FoundData,
  store: (() => Promise<ObjectStore>) | undefined,
): Promise<Pick<OwnData, 'input' | 'path'>> {
  const { hidden, epochs, ...defaults } = hyperparameters;
  const made = {
    // What the user gives instead replaces these.
    ...('layers' in given ? {} : { hidden }),
    ...('iterations' in given ? {} : { epochs, ...paceOf(trained, { ...defaults, epochs, ...given }) }),
    ...defaults,
    model: wanted,
    ...given,
    dataset: declare(wanted),
  };
  const config = checkInput(made);
  orUsageError(() => validateAgainstDataset(config, presumedShape(specOf(config.dataset), config.layers)));
  const bucket = await store?.();
  const name = bucket === undefined ? wanted : await freeName(bucket, wanted, declare);
  const input = { ...made, dataset: declare(name) };
  if (bucket !== undefined) {
    for (const { name: known, file, key } of files) {
      console.log(
        `${known}: ${(await uploadOwn(bucket, key, file)) ? 'uploaded' : 'there already'} as ${key}`,
      );
    }
  }
  if (bucket !== undefined) await declareDataset(bucket, input.dataset);
  keep(path, input, bucket === undefined);
  return { input, path };
}

/** Of a file's or folder's name what a dataset's may have. */
export function nameOf(text: unknown): string {
  const name = String(text)
    .replace(/\.gz$/, '')
    .replace(/\.\w+$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '')
    .slice(0, 50);
  return nameSchema.safeParse(name).success ? name : 'own-data';
}

/** Steps that a network is trained for, about. */
const STEPS = 4000;
const MOST_EPOCHS = 200;
const LEAST_EPOCHS = 5;
/** Of a run, about. */
const EVALUATIONS = 20;

/**
 * Hyperparameters that do for most data of so many rows: what the user gives replaces them.
 *
 * @param leastBatch rows of a batch: a step takes as long for few rows where there are many weights
 */
export function defaultsFor(trained: number, leastBatch = 4): Record<string, unknown> {
  const batchSize = Math.max(
    leastBatch,
    Math.min(256, 2 ** Math.round(Math.log2(Math.max(1, trained / 50)))),
  );
  const steps = Math.max(1, Math.floor(trained / batchSize));
  return {
    hidden: [32, 16],
    activation: 'relu',
    weightInit: { kind: 'he' },
    optimizer: 'adam',
    learningRate: 0.003,
    batchSize: Math.min(batchSize, Math.max(1, Math.floor(trained / 2))),
    epochs: Math.max(LEAST_EPOCHS, Math.min(MOST_EPOCHS, Math.ceil(STEPS / steps))),
    sampling: 'shuffle',
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

/** Leaves the config beside the data. What was there before, if it was another one, is kept, too. */
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

/** Says how far much data is. */
export function progressOf(bytes: number): (read: number) => void {
  let done = 0;
  let said = 0;
  return (read) => {
    done += read;
    if (bytes < 2 * PIECE || done - said < PIECE) return;
    said = done;
    console.log(`read ${Math.floor((100 * done) / bytes)} % of ${Math.round(bytes / 1e6)} MB`);
  };
}
