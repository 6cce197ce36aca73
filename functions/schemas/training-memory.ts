/** Whether a function has the memory to train a config: for the kernels, for copies of the weights, and for the rows that it holds. */
import { ConfigError } from '../../core/errors.ts';
import { STATE_COUNT } from '../../core/kernels/engine.ts';
import { MAX_THREADS } from '../../core/kernels/layout.ts';
import { MAX_MEMORY_BYTES } from '../../core/kernels/memory.ts';
import { networkBytes } from '../../core/kernels/network-bytes.ts';
import { referenceBytes } from '../../core/kernels/reference-bytes.ts';
import { describeLayers } from '../../core/network/describe-layers.ts';
import { countParameters } from '../../core/network/plan.ts';
import { type InputKind, memoryFor } from '../contract/data.ts';
import { MB_PER_VCPU, TRAIN_MEMORY_MB } from '../contract/functions.ts';
import { AT_ONCE } from '../contract/limits.ts';
import type { JobConfig } from './config.ts';

const MB = 1024 * 1024;

/** Rows of both splits. */
export interface Rows {
  kind: InputKind;
  /** In their shards. */
  bytes: number;
}

/** What every function has room for besides. */
const SMALL_NETWORK_BYTES = 32 * MB;
/** Of weights and optimizer state outside of the kernels: what they began as, a copy, its file, and what of that goes out. */
const COPIES = 4;
/** Of the mean of workers' parts, whose sums are float64: sums, the first part, the mean. */
const MEAN_COPIES = 4;

const threadsWith = (memoryMb: number): number =>
  Math.min(MAX_THREADS, Math.max(1, Math.floor(memoryMb / MB_PER_VCPU)));

/** Bytes that the backend takes for the network alone. */
function backendBytes(config: JobConfig, kind: InputKind, threads: number): number {
  const { optimizer, batchSize, backend } = config;
  if (backend === 'reference') return referenceBytes(config, { optimizer, batchSize });
  return networkBytes(config, { optimizer, batchSize, threads, isBytes: kind === 'u8' });
}

/** Of a network, in bytes. */
export interface NetworkSize {
  /** What the kernels take for it. */
  kernels: number;
  /** Weights, biases and the optimizer's state. */
  tensors: number;
  /** Whose parts are averaged; 1 where nothing is. */
  workers: number;
}

/** The network's in a function with so much memory. */
function sizeOf(config: JobConfig, kind: InputKind, memoryMb: number): NetworkSize {
  const { layers, optimizer, workers = 1 } = config;
  return {
    kernels: backendBytes(config, kind, threadsWith(memoryMb)),
    tensors: 4 * countParameters(layers) * (1 + STATE_COUNT[optimizer]),
    workers,
  };
}

function bytesOf({ kernels, tensors, workers }: NetworkSize): number {
  const parts = workers > 1 ? Math.min(workers, AT_ONCE.roundParts) + MEAN_COPIES : 0;
  return kernels + Math.max(COPIES, parts) * tensors;
}

/** What a function needs for the network beyond what is reserved, which has room for a small one. */
export const bytesBeyondReserved = (network: NetworkSize): number =>
  Math.max(0, bytesOf(network) - SMALL_NETWORK_BYTES);

/** MB that a function needs that holds these rows and has the threads of so much memory. */
export function memoryNeeded(config: JobConfig, { kind, bytes }: Rows, memoryMb: number): number {
  return Math.ceil(memoryFor(kind, bytes, bytesBeyondReserved(sizeOf(config, kind, memoryMb))));
}

/**
 * Whether a function can train the config: whether network and rows find room in its memory, and in the kernels'.
 *
 * @param rows that it holds, unless the sampling reads them when their turn comes
 * @param what names the rows, as in "the rows of mnist"
 * @throws ConfigError naming what is too large, how much it takes, what is allowed, and what can be done
 */
export function checkTrainingMemory(config: JobConfig, rows: Rows, memoryMb: number, what: string): void {
  checkNetwork(config, rows.kind, memoryMb);
  const { sampling } = config;
  if (sampling === 'shardShuffle') return;
  checkKernels(config, rows, memoryMb);
  const needed = memoryNeeded(config, rows, memoryMb);
  if (needed <= memoryMb) return;
  const ways = [
    '"shardShuffle", which reads shards when their turn comes',
    ...deployment(config, rows, memoryMb),
  ];
  throw new ConfigError(
    `sampling: got ${sampling}, which holds the whole dataset in memory: ${what}, about ${Math.round(rows.bytes / MB)} MB in shards, need about ${needed} MB with the network, and the function has ${memoryMb}; expected ${ways.join(', or ')}`,
  );
}

/**
 * Whether the kernels reach the network, and rows, with 32 bits.
 *
 * @throws ConfigError naming layers and batchSize, the bytes and what is allowed
 */
export function checkKernels(config: JobConfig, { kind, bytes }: Rows, memoryMb = 0): void {
  if (config.backend !== 'wasm') return;
  // Entries have their column beside them.
  const rows = kind === 'f32' ? 2 * bytes : bytes;
  const needed = backendBytes(config, kind, threadsWith(memoryMb)) + rows;
  if (needed <= MAX_MEMORY_BYTES) return;
  const ofRows = rows > 0 ? `, ${rows} of them for the rows of the dataset` : '';
  throw new ConfigError(
    `${tooLarge(config, needed, MAX_MEMORY_BYTES)}, which the kernels reach${ofRows}; smaller layers or a smaller batchSize take less`,
  );
}

function checkNetwork(config: JobConfig, kind: InputKind, memoryMb: number): void {
  const needed = bytesOf(sizeOf(config, kind, memoryMb));
  const allowed = Math.max(0, memoryMb - memoryFor(kind, 0)) * MB + SMALL_NETWORK_BYTES;
  if (needed <= allowed) return;
  const ways = [
    'smaller layers or a smaller batchSize take less',
    ...deployment(config, { kind, bytes: 0 }, memoryMb),
  ];
  throw new ConfigError(
    `${tooLarge(config, needed, allowed)} of a function with ${memoryMb} MB; ${ways.join(', or ')}`,
  );
}

const tooLarge = ({ layers, batchSize, optimizer }: JobConfig, needed: number, allowed: number): string =>
  `layers: got ${describeLayers(layers)}, which take ${needed} bytes with optimizer ${optimizer} ` +
  `and batches of ${batchSize}, expected at most ${allowed} bytes`;

/** The deployment that has enough, if there is one: more memory brings more threads, which take more. */
function deployment(config: JobConfig, rows: Rows, memoryMb: number): string[] {
  const { most } = TRAIN_MEMORY_MB;
  let enough = memoryNeeded(config, rows, memoryMb);
  while (enough <= most && memoryNeeded(config, rows, enough) > enough) {
    enough = memoryNeeded(config, rows, enough);
  }
  return enough > most ? [] : [`a deployment with -c trainMemory=${enough} or more (at most ${most})`];
}
