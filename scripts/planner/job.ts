/** What is asked of the model, and what of a run decides its time and cost: sizes alone, no data. */

import type { Workers } from '../../core/training/rounds.ts';
import type { InputKind } from '../../functions/contract/data.ts';
import type { Prices } from '../../functions/schemas/prices.ts';
import type { Platform } from './platform.ts';
import type { Speed } from './speed.ts';

export interface Question {
  job: Job;
  speed: Speed;
  platform: Platform;
  prices: Prices;
  /** Of the functions that train. */
  memoryMb: number;
  /** false for the training alone, as if nothing were ever evaluated. */
  evaluates?: boolean;
}

export interface DatasetSize {
  kind: InputKind;
  trainRows: number;
  testRows: number;
  trainShards: number;
  testShards: number;
  /** Of a sample's inputs, those that are not zero; where sizes are derived from it. */
  density: number;
}

export interface Job extends Omit<DatasetSize, 'density'> {
  /** Steps of the run and of an epoch. */
  totalSteps: number;
  stepsPerEpoch: number;
  batchSize: number;
  /** Steps of an invocation at most; between the checkpoints inside of it, where there are no rounds; and between evaluations. */
  chunkSteps: number;
  saveEverySteps?: number | undefined;
  evaluateEverySteps: number;
  /** Bytes of all shards. */
  datasetBytes: number;
  /** Whether shards are read when their turn comes ("shardShuffle") and not kept. */
  streamed: boolean;
  /** Shards whose rows are mixed; as many again are fetched meanwhile. */
  shardsTogether: number;
  /** Weights and biases. */
  parameters: number;
  /** That training takes in the kernels' memory: parameters, what each layer gives of a batch, and what convolutions see. */
  networkBytes: number;
  /** Of a checkpoint: parameters and optimizer state. */
  checkpointBytes: number;
  /** Of a data-parallel run, whose chunks are rounds: k and h. */
  rounds: Workers | undefined;
  /** Versions that the model has already. */
  versions: number;
  /** Whether the promotion compares with what serves. */
  conditional: boolean;
}
