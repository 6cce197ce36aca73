/**
 * Trains in one way and prints the SHA-256 of its last checkpoint. Bundled into one JavaScript file, because it has to
 * run on versions of Node that can't read TypeScript.
 */
import { createHash } from 'node:crypto';
import { decodeCheckpoint } from '../../../core/training/checkpoint.ts';
import type { TrainingConfig } from '../../../core/training/config.ts';
import { PLAIN_VECTORS, widestVectors } from '../../../functions/kernels/wide-vectors.ts';
import { readMnistRows } from '../../support/mnist-rows.ts';
import { startedKernels } from '../../support/started-kernels.ts';
import type { Way } from './plan.ts';
import { trainInWay } from './train-in-way.ts';

export interface RunnerTask {
  config: TrainingConfig;
  way: Way;
  /** Folder of MNIST's raw IDX files. */
  mnist: string;
}

export interface RunnerResult {
  sha256: string;
  steps: number;
  seconds: number;
  node: string;
  arch: string;
  vectorBits: number;
}

const { config, way, mnist }: RunnerTask = JSON.parse(process.argv[2] ?? '');
const { train } = readMnistRows(mnist);
const vectors = way.isPlain ? PLAIN_VECTORS : widestVectors(way.threads);
const kernels = await startedKernels(way.threads, vectors);
const start = performance.now();
const bytes = await trainInWay(way, config, train, kernels);
const result: RunnerResult = {
  sha256: createHash('sha256').update(bytes).digest('hex'),
  steps: decodeCheckpoint(bytes).step,
  seconds: (performance.now() - start) / 1e3,
  node: process.version,
  arch: process.arch,
  vectorBits: vectors.bits,
};
console.log(JSON.stringify(result));
