/** What a run trains on, as its sampling reads it: all rows in memory, or shards when their turn comes. */
import { setImmediate } from 'node:timers/promises';
import type { Backend, Trainer, TrainingRows } from '../../core/index.ts';
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import type { RowSource } from '../../core/training/row-source.ts';
import { advanceOverShards, ShardStream } from '../../core/training/shard-stream.ts';
import { keepBytesOf } from '../contract/data.ts';
import { type Dataset, loadDataset, openDataset } from '../dataset/load.ts';
import type { RunConfig } from '../schemas/documents.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { checkFitsInMemory } from './memory.ts';

export interface RunData extends Dataset {
  /** For the Trainer. */
  train: TrainingRows | RowSource;
  /**
   * Trains until `untilStep`, or until `shouldStop` answers true.
   *
   * @param trainer one that takes its rows from `train`
   */
  advance(trainer: Trainer, untilStep: number, shouldStop: () => boolean): Promise<void>;
}

/** Steps between looks at what has arrived meanwhile: far less than a shard takes to train on. */
const STEPS_BETWEEN = 8;

/**
 * @param memoryMb the function's
 * @throws ConfigError when the sampling needs all rows in memory and they are too many
 * @throws NotFoundError or IntegrityError when an object is missing or changed
 */
export async function openRunData(
  store: ObjectStore,
  { config, manifestSha256 }: Pick<RunConfig, 'config' | 'manifestSha256'>,
  backend: Backend,
  memoryMb: number,
): Promise<RunData> {
  const name = datasetName(config.dataset);
  if (config.sampling !== 'shardShuffle') {
    const dataset = await loadDataset(store, name, manifestSha256, (manifest) =>
      checkFitsInMemory(store, manifest, config.sampling, memoryMb),
    );
    backend.place(dataset.test.x);
    const advance: RunData['advance'] = async (trainer, untilStep, shouldStop) =>
      trainer.advance(untilStep, shouldStop);
    return { ...dataset, advance };
  }
  const dataset = await openDataset(store, name, manifestSha256, keepBytesOf(memoryMb));
  const { shards } = dataset.manifest.splits.train;
  const stream = new ShardStream(
    config,
    shards.map(({ rows }) => rows),
    (shard) => dataset.load('train', shard),
  );
  return {
    manifest: dataset.manifest,
    pieces: dataset.pieces,
    train: stream,
    advance: (trainer, untilStep, shouldStop) =>
      advanceOverShards(trainer, stream, untilStep, {
        shouldStop,
        giveWay: () => setImmediate(),
        stepsBetween: STEPS_BETWEEN,
      }),
  };
}
