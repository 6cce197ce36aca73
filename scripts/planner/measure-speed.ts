/** Measures the arithmetic of a config here, with the real kernels, on random data of its shape. */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { decodeShard, decodeTargetShard, encodeShard } from '../../core/ingest/shard.ts';
import { BLOCK_ROWS } from '../../core/kernels/engine.ts';
import type { WasmBackend } from '../../core/kernels/wasm-backend.ts';
import type { Network } from '../../core/model/network.ts';
import { countParameters, inputsOf, outputsOf } from '../../core/network/plan.ts';
import type { PixelRows } from '../../core/rows/input-rows.ts';
import type { SparseRows } from '../../core/rows/sparse-rows.ts';
import type { TrainingRows } from '../../core/rows/training-rows.ts';
import { averageCheckpoints } from '../../core/training/average-checkpoints.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../core/training/checkpoint.ts';
import type { TrainingConfig } from '../../core/training/config.ts';
import { Evaluator } from '../../core/training/evaluation.ts';
import { Trainer } from '../../core/training/trainer.ts';
import type { InputKind } from '../../functions/contract/data.ts';
import { cpuMs } from '../support/cpu-time.ts';
import { startedKernels } from '../support/started-kernels.ts';
import { median } from '../support/statistics.ts';
import { bytesPerRow } from './describe-job.ts';
import type { DatasetSize, Job } from './job.ts';
import type { Speed } from './speed.ts';

/** Of data that is made: more than caches hold, less than takes long. */
const MOST_BYTES = 48e6;
/** Of the CPU's time, what the clock may show more on a machine that does nothing else. */
const CALM = 1.2;
/** Numbers of parts that are averaged, at least: many, so that it is compiled code that is measured. */
const AVERAGED = 2e6;
/** Measured that many times, of which the middle one counts. */
const ROUNDS = 5;
/** p of the textbook job as docs/scaling.md has it: 1.83 s on one thread, 1.13 s on two. For machines with one processor, or other work. */
export const PARALLEL_SHARE = 0.76;

/**
 * The speed, with the samples per second of training on one thread, and on two where that could be measured.
 *
 * @param seconds about as long as each figure of training is measured
 */
export async function measureSpeed(
  config: TrainingConfig,
  size: DatasetSize,
  job: Job,
  seconds: number,
): Promise<Speed & { imagesPerSecond: number[] }> {
  const inputs = inputsOf(config.layers);
  const rowBytes = bytesPerRow(size.kind, inputs, size.density);
  const rows = Math.max(config.batchSize, Math.min(size.trainRows, Math.floor(MOST_BYTES / rowBytes)));
  const data = randomRows(config, size.kind, rows, size.density);
  const alone = measureTraining(config, data, await startedKernels(1), seconds);
  const isCalm = alone.wallMs < CALM * alone.cpuMs;
  // With other work on the machine, two threads would wait for it and for each other.
  const together =
    isCalm && availableParallelism() > 1
      ? measureSteps(config, data, await startedKernels(2), seconds).wallMs
      : undefined;
  const stepMs = alone.cpuMs;
  // 1 − p + p/2 of the time, solved for p.
  const share = together === undefined ? PARALLEL_SHARE : 2 * (1 - together / alone.wallMs);
  const { averageMs, checkpointMs } = alone;
  const allRows = size.trainRows + size.testRows;
  return {
    stepMs,
    parallelShare: Math.min(1, Math.max(0, share)),
    evaluateMs: (alone.evaluateMs / rows) * allRows,
    loadMs: measureLoading(config, size, data) * allRows,
    checkpointMs,
    averageMs,
    imagesPerSecond: [stepMs, together].flatMap((ms) =>
      ms === undefined ? [] : [(job.batchSize / ms) * 1000],
    ),
  };
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** Milliseconds of a step, on the clock and of CPU, and of CPU those of what comes beside the steps. */
export function measureTraining(
  config: TrainingConfig,
  data: TrainingRows,
  kernels: WasmBackend,
  seconds: number,
): { wallMs: number; cpuMs: number } & Pick<Speed, 'evaluateMs' | 'checkpointMs' | 'averageMs'> {
  const step = measureSteps(config, data, kernels, seconds);
  const trainer = new Trainer(inMemory(config), data, undefined, kernels);
  const { evaluateMs } = measureEvaluation(trainer.network, data, seconds);
  const checkpoint = trainer.checkpoint('0'.repeat(64));
  const encoded = encodeCheckpoint(checkpoint);
  const both = timed(() => {
    digest(encodeCheckpoint(checkpoint));
    digest(encoded);
    decodeCheckpoint(encoded);
  });
  const count = 4 + Math.ceil(AVERAGED / countParameters(config.layers));
  const parts = Array<typeof checkpoint>(count).fill(checkpoint);
  const averaging = timed(() => averageCheckpoints(parts, Array<number>(count).fill(1)));
  return { ...step, evaluateMs, checkpointMs: both / 2, averageMs: averaging / count };
}

/**
 * Milliseconds of CPU that all rows take. Of a network that needs long for them only some are taken.
 *
 * @param seconds about as long as it is measured, where a block of rows is quicker than that
 */
export function measureEvaluation(
  network: Network,
  data: TrainingRows,
  seconds: number,
  clock = cpuMs,
): { evaluateMs: number; rows: number } {
  const evaluate = (rows: number) => {
    const evaluator = new Evaluator(network);
    evaluator.add(data, undefined, 0, rows);
    evaluator.result();
  };
  const all = data.x.rows;
  const some = Math.min(all, BLOCK_ROWS);
  evaluate(some);
  const began = clock();
  evaluate(some);
  // A processor's clock may stand still for less than a millisecond.
  const rowMs = Math.max(clock() - began, 0.1) / some;
  const fitting = Math.floor((seconds * 1000) / ROUNDS / rowMs / BLOCK_ROWS) * BLOCK_ROWS;
  const rows = Math.min(all, Math.max(some, fitting));
  return { evaluateMs: (timed(() => evaluate(rows), clock) / rows) * all, rows };
}

/** Milliseconds of a step, on the clock and of CPU: the middle ones of some stretches, after a first one that warms up. */
function measureSteps(
  config: TrainingConfig,
  data: TrainingRows,
  kernels: WasmBackend,
  seconds: number,
): { wallMs: number; cpuMs: number } {
  const trainer = new Trainer(inMemory(config), data, undefined, kernels);
  const warmUp = performance.now();
  trainer.advance(3);
  const guess = (performance.now() - warmUp) / 3;
  const steps = Math.max(1, Math.round((seconds * 1000) / ROUNDS / guess));
  trainer.advance(trainer.step + steps);
  const stretches = Array.from({ length: ROUNDS }, () => {
    const [started, cpu] = [performance.now(), cpuMs()];
    trainer.advance(trainer.step + steps);
    return { wallMs: (performance.now() - started) / steps, cpuMs: (cpuMs() - cpu) / steps };
  });
  return {
    wallMs: median(stretches.map((one) => one.wallMs)),
    cpuMs: median(stretches.map((one) => one.cpuMs)),
  };
}

/** Random labels teach nothing, so that weights stay small; a rate of the config's could make them diverge. */
const inMemory = (config: TrainingConfig): TrainingConfig => ({
  ...config,
  learningRate: 1e-4,
  sampling: config.sampling === 'shardShuffle' ? 'shuffle' : config.sampling,
});

/** Milliseconds of CPU. */
function timed(work: () => void, clock = cpuMs): number {
  work();
  const times = Array.from({ length: ROUNDS }, () => {
    const started = clock();
    work();
    return clock() - started;
  });
  return median(times);
}

/** Milliseconds that a row takes to be checked against its shard's digest and decoded. */
function measureLoading(config: TrainingConfig, { kind }: DatasetSize, data: TrainingRows): number {
  const outputs = outputsOf(config.layers);
  const y = 'targets' in data ? data.targets : data.labels;
  const x = 'pixels' in data.x ? data.x.pixels : data.x;
  const inputs = kind === 'f32' && !('pixels' in data.x) ? dense(data.x) : x;
  const bytes = encodeShard(inputs, y, outputs);
  const ms = timed(() => {
    digest(bytes);
    if ('targets' in data) decodeTargetShard(bytes, outputs);
    else decodeShard(bytes, outputs);
  });
  return ms / data.x.rows;
}

function dense({ rows, columns, pointers, indices, values }: SparseRows): Float32Array {
  const all = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let k = pointers[row]!; k < pointers[row + 1]!; k++) all[row * columns + indices[k]!] = values[k]!;
  }
  return all;
}

/**
 * Rows whose inputs are not zero with the given probability, each for itself. Augmentation would leave few zeros between
 * these: for it, so many pixels in a row are not zero, as in pictures of something before a background.
 */
export function randomRows(
  { layers, loss, augmentation }: TrainingConfig,
  kind: InputKind,
  rows: number,
  density: number,
): TrainingRows {
  const columns = inputsOf(layers);
  const outputs = outputsOf(layers);
  const isThere = (column: number) =>
    augmentation === undefined ? Math.random() < density : column < density * columns;
  const x = kind === 'u8' ? randomPixels(rows, columns, isThere) : randomEntries(rows, columns, isThere);
  if (loss === 'meanSquaredError') {
    return { x, targets: Float32Array.from({ length: rows * outputs }, () => Math.random() - 0.5) };
  }
  const Labels = outputs <= 256 ? Uint8Array : outputs <= 65_536 ? Uint16Array : Uint32Array;
  const labels = new Labels(rows);
  for (let row = 0; row < rows; row++) labels[row] = Math.floor(Math.random() * outputs);
  return { x, labels };
}

function randomPixels(rows: number, columns: number, isThere: (column: number) => boolean): PixelRows {
  const pixels = new Uint8Array(rows * columns);
  for (let at = 0; at < pixels.length; at++) {
    if (isThere(at % columns)) pixels[at] = 1 + Math.floor(Math.random() * 255);
  }
  return { rows, columns, pixels };
}

function randomEntries(rows: number, columns: number, isThere: (column: number) => boolean): SparseRows {
  const pointers = new Uint32Array(rows + 1);
  const indices: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) if (isThere(column)) indices.push(column);
    pointers[row + 1] = indices.length;
  }
  const values = Float32Array.from({ length: indices.length }, () => Math.random());
  return { rows, columns, pointers, indices: Uint32Array.from(indices), values };
}
