/** What of a run decides its time and cost: sizes alone, no data. */

import type { Workers } from '../../core/training/rounds.ts';
import type { InputKind } from '../../functions/contract/data.ts';

export interface Job {
  /** Steps of the run and of an epoch. */
  totalSteps: number;
  stepsPerEpoch: number;
  batchSize: number;
  /** Steps between checkpoints, and between evaluations. */
  chunkSteps: number;
  evaluateEverySteps: number;
  trainRows: number;
  testRows: number;
  /** Shards of both splits, and files that they were made of. */
  trainShards: number;
  testShards: number;
  files: number;
  kind: InputKind;
  /** Bytes of all shards. */
  datasetBytes: number;
  /** Whether shards are read when their turn comes ("shardShuffle") and not kept. */
  streamed: boolean;
  /** Shards whose rows are mixed; as many again are fetched meanwhile. */
  shardsTogether: number;
  /** Weights and biases. */
  parameters: number;
  /** Of a checkpoint: parameters and optimizer state. */
  checkpointBytes: number;
  /** Of a data-parallel run, whose chunks are rounds: k and h. */
  rounds: Workers | undefined;
  /** Versions that the model has already, each of which the promotion reads. */
  versions: number;
  /** Whether the promotion compares with what serves. */
  conditional: boolean;
}
