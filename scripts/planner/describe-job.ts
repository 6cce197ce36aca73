/** A config's job in sizes, as far as catalogue, manifest or the user know the dataset. */

import { DATASETS, KDD_ROWS } from '../../core/ingest/catalogue/datasets.ts';
import { type DatasetSpec, hasFirstManifest } from '../../core/ingest/catalogue/spec.ts';
import { datasetName, specOf } from '../../core/ingest/catalogue/user-dataset.ts';
import { inputColumns, type TableSchema } from '../../core/ingest/table/schema.ts';
import { STATE_COUNT } from '../../core/kernels/engine.ts';
import { MAX_THREADS } from '../../core/kernels/layout.ts';
import { networkBytes } from '../../core/kernels/network-bytes.ts';
import { countParameters, inputsOf, outputsOf } from '../../core/network/plan.ts';
import { SHARDS_TOGETHER } from '../../core/training/config.ts';
import { FIRST_SHARD_ROWS, type InputKind, shardRowsOf } from '../../functions/contract/data.ts';
import type { JobConfig } from '../../functions/schemas/config.ts';
import type { DatasetManifest } from '../../functions/schemas/dataset.ts';
import { isOpen } from '../../functions/schemas/layers.ts';
import { sizeOfRun } from '../../functions/schemas/run-size.ts';
import { validateAgainstDataset } from '../../functions/schemas/validate-against-dataset.ts';
import { UsageError } from '../cli/arguments.ts';
import type { DatasetSize, Job } from './job.ts';

/** Share of inputs that are not zero: of MNIST's pixels, and of KDD Cup 1999's columns after encoding. */
const DENSITY = { u8: 0.191, f32: 1, sparse: 0.18 } as const;

/** As the dataset was sharded. */
export function sizeFromManifest(manifest: DatasetManifest, density?: number): DatasetSize {
  const { train, test } = manifest.splits;
  const kind = 'shards' in manifest ? manifest.shards : 'u8';
  return {
    kind,
    trainRows: train.size,
    testRows: test.size,
    trainShards: train.shards.length,
    testShards: test.shards.length,
    density: density ?? DENSITY[kind],
  };
}

/**
 * As the catalogue knows it.
 *
 * @param given rows that the user names, where the catalogue doesn't know them
 * @throws UsageError when nobody knows how many rows there are
 */
export function sizeFromCatalogue(
  config: JobConfig,
  given: { rows?: number | undefined; testRows?: number | undefined; density?: number | undefined },
): DatasetSize {
  const spec = specOf(config.dataset);
  if (isOpen(config.layers)) {
    throw new UsageError(
      `dataset ${datasetName(config.dataset)}: how many inputs and outputs it has is not known before it is sharded; give all layers, such as [12, 32, 1]`,
    );
  }
  const inputs = inputsOf(config.layers);
  const known = rowsOf(spec, inputs);
  const trainRows = given.rows ?? known.train;
  const testRows = given.testRows ?? known.test;
  if (trainRows === undefined || testRows === undefined) {
    throw new UsageError(
      `dataset ${datasetName(config.dataset)}: how many rows it has is not known before it is sharded; say --rows N --test-rows N`,
    );
  }
  const kind: InputKind =
    spec.format !== 'csv' ? 'u8' : isSparseTable(spec.schema, inputs) ? 'sparse' : 'f32';
  const shardRows = rowsOfShard(spec, kind, inputs);
  return {
    kind,
    trainRows,
    testRows,
    trainShards: Math.ceil(trainRows / shardRows),
    testShards: Math.ceil(testRows / shardRows),
    density: given.density ?? DENSITY[kind],
  };
}

/** As core/ingest/table decides it. */
const isSparseTable = (schema: TableSchema, inputs: number) => 2 * inputColumns(schema).length < inputs;

/** As functions/shard-dataset cuts them. */
function rowsOfShard(spec: DatasetSpec, kind: InputKind, inputs: number): number {
  if (hasFirstManifest(spec)) return FIRST_SHARD_ROWS;
  // Of a table's sparse rows each column has one entry at most.
  const entries = spec.format === 'csv' ? 8 * inputColumns(spec.schema).length : 0;
  return shardRowsOf({ u8: inputs, f32: 4 * inputs, sparse: entries }[kind]);
}

/** Rows of the catalogue's tables, which their files' sizes don't tell. */
const TABLE_ROWS: Readonly<Record<string, { train: number; test: number }>> = { kddcup99: KDD_ROWS };
/** Of an IDX file of images, with three dimensions. */
const IDX_HEADER_BYTES = 16;

function rowsOf(
  spec: DatasetSpec,
  inputs: number,
): { train?: number | undefined; test?: number | undefined } {
  if (spec.format === 'csv') return DATASETS.has(spec.name) ? (TABLE_ROWS[spec.name] ?? {}) : {};
  const of = (split: 'train' | 'test'): number | undefined => {
    if (spec.format === 'idx') {
      const bytes = spec.files.find((file) => file.split === split && file.role === 'images')?.bytes;
      return bytes === undefined ? undefined : Math.floor((bytes - IDX_HEADER_BYTES) / inputs);
    }
    const members = spec.files.flatMap((file) => file.members.filter((member) => member.split === split));
    const bytes = members.reduce((sum, member) => sum + (member.bytes ?? Number.NaN), 0);
    return Number.isNaN(bytes) ? undefined : bytes / (inputs + 1);
  };
  return { train: of('train'), test: of('test') };
}

/** Of a sample in a shard, with a label of one byte. */
export function bytesPerRow(kind: InputKind, inputs: number, density: number): number {
  if (kind === 'u8') return inputs + 1;
  if (kind === 'f32') return 4 * inputs + 1;
  // u32 column and f32 value of each entry, and a pointer.
  return 8 * inputs * density + 4 + 1;
}

/** The same with another number of workers; 1 is the sequential run, which has no rounds. */
export function withWorkers(config: JobConfig, workers: number): JobConfig {
  const { workers: own, localIterations, chunkIterations, ...others } = config;
  if (workers === 1) return { ...others, ...(chunkIterations === undefined ? {} : { chunkIterations }) };
  return { ...others, workers, ...(localIterations === undefined ? {} : { localIterations }) };
}

/**
 * What rows of both splits come to.
 *
 * @throws ConfigError for a config that no run would begin with
 */
export function jobOf(config: JobConfig, size: DatasetSize, versions = 0): Job {
  const { layers, batchSize, optimizer } = config;
  const inputs = inputsOf(layers);
  const sizes = { inputSize: inputs, trainSize: size.trainRows };
  const outputs = outputsOf(layers);
  const isRegression = config.loss === 'meanSquaredError';
  validateAgainstDataset(config, {
    ...sizes,
    ...(isRegression ? { targets: outputs } : { classes: outputs }),
  });
  const parameters = countParameters(layers);
  const rows = size.trainRows + size.testRows;
  const { density, ...counts } = size;
  return {
    rounds: undefined,
    ...sizeOfRun(config, size.trainRows),
    batchSize,
    ...counts,
    datasetBytes: rows * bytesPerRow(size.kind, inputs, density),
    streamed: config.sampling === 'shardShuffle',
    shardsTogether: config.shardsTogether ?? SHARDS_TOGETHER,
    parameters,
    networkBytes: networkBytes(config, {
      optimizer,
      batchSize,
      threads: MAX_THREADS,
      isBytes: size.kind === 'u8',
    }),
    checkpointBytes: 4 * parameters * (1 + STATE_COUNT[optimizer]),
    versions,
    conditional: config.promotion !== 'always',
  };
}
