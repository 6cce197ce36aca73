/**
 * What is another than in the app, but for mistakes that are planted: MNIST is a few rows, and sizes are so small that as
 * little data goes every way that much data goes, in several shards, parts and pieces.
 */
import type { Change } from '../mutations/apply.ts';
import { SPEC } from './tiny-dataset.ts';

/** Of the catalogue, which entry is replaced as a whole. */
export const CATALOGUE_FILE = 'core/ingest/catalogue/mnist.ts';
export const CATALOGUE_TEXT = `export const MNIST = ${JSON.stringify(SPEC)};`;

/** Bytes of an upload's parts, and of what is read at once of a stream: the sources have up to 286. */
export const PART_BYTES = 120;
export const PIECE_BYTES = 150;
/** Of the training set's 30. */
const SHARD_ROWS = 10;
const BATCH_PART = { images: 2, rows: 4 };

const STORE = 'functions/store/s3-store.ts';
const MIB_8 = '8 * 1024 * 1024';

export const SMALLER: readonly Change[] = [
  { file: STORE, find: MIB_8, replace: String(PART_BYTES), within: 'PART_BYTES' },
  { file: STORE, find: MIB_8, replace: String(PIECE_BYTES), within: 'PIECE_BYTES' },
  { file: 'functions/shard-dataset/read-source.ts', find: '256 * 1024', replace: '100' },
  // So that labels are kept and images are read again.
  { file: 'functions/download/kept-files.ts', find: '96 * 1024 * 1024', replace: '60' },
  {
    file: 'functions/shard-dataset/shard-dataset.ts',
    find: 'FIRST_SHARD_ROWS',
    replace: String(SHARD_ROWS),
    within: 'shardDataset',
  },
  {
    file: 'functions/plan-batch/plan-batch.ts',
    find: '{ images: 100, rows: 5000 }',
    replace: JSON.stringify(BATCH_PART),
  },
];
