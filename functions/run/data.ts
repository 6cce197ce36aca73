/** What a run trains on, as its sampling reads it: all rows in memory, or shards when their turn comes. */
import { setImmediate } from 'node:timers/promises';
import type { Split } from '../../core/ingest/catalogue/spec.ts';
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import type { Backend } from '../../core/kernels/engine.ts';
import type { TrainingRows } from '../../core/rows/training-rows.ts';
import type { RowSource } from '../../core/training/row-source.ts';
import { advanceOverShards, ShardStream } from '../../core/training/shard-stream.ts';
import type { Trainer } from '../../core/training/trainer.ts';
import { keepBytesOf } from '../contract/data.ts';
import { type Dataset, loadDataset, openDataset } from '../dataset/load.ts';
import { shapeOf } from '../dataset/manifest.ts';
import type { JobConfig } from '../schemas/config.ts';
import type { DatasetManifest } from '../schemas/dataset.ts';
import type { RunConfig } from '../schemas/documents.ts';
import { withSizes } from '../schemas/layers.ts';
import { checkTrainingMemory } from '../schemas/training-memory.ts';
import { validateAgainstDataset } from '../schemas/validate-against-dataset.ts';
import { NotFoundError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';

export interface RunData extends Dataset {
  /** For the Trainer. */
  train: TrainingRows | RowSource;
  /**
   * Trains until `untilStep`, or until `shouldStop` answers true.
   *
   * @param trainer one that takes its rows from `train`
   * @param isWaiting whether something else waits for its turn, such as a request that is under way
   */
  advance(
    trainer: Trainer,
    untilStep: number,
    shouldStop: () => boolean,
    isWaiting?: () => boolean,
  ): Promise<void>;
}

/** Between looks at what has arrived meanwhile, at most: far less than a shard takes to train on, or an epoch. */
const STEPS_BETWEEN = 8;
/** Of more steps than one. A request that gets no turn for seconds is given up by S3. */
const MS_BETWEEN = 50;

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
      checkFitsInMemory(store, manifest, config, memoryMb),
    );
    backend.place(dataset.test.x);
    const advance: RunData['advance'] = async (trainer, untilStep, shouldStop, isWaiting = () => false) => {
      const turns = turnsBetweenSteps();
      while (trainer.step < untilStep) {
        const pause = isWaiting() ? Math.min(untilStep, trainer.step + turns.steps()) : untilStep;
        trainer.advance(pause, shouldStop);
        if (trainer.step < pause || (pause < untilStep && shouldStop())) return;
        if (pause < untilStep) await turns.giveWay();
      }
    };
    return { ...dataset, advance };
  }
  const dataset = await openDataset(store, name, manifestSha256, keepBytesOf(memoryMb));
  await checkFitsInMemory(store, dataset.manifest, config, memoryMb);
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
    advance: (trainer, untilStep, shouldStop) => {
      const { steps, giveWay } = turnsBetweenSteps();
      return advanceOverShards(trainer, stream, untilStep, { shouldStop, giveWay, stepsBetween: steps });
    },
  };
}

/** After how many steps whatever waits has its turn, and that turn. */
function turnsBetweenSteps(): { steps: () => number; giveWay: () => Promise<void> } {
  let steps = 1;
  let began = performance.now();
  return {
    steps: () => steps,
    async giveWay() {
      const stepMs = (performance.now() - began) / steps;
      steps = Math.max(1, Math.min(STEPS_BETWEEN, Math.floor(MS_BETWEEN / stepMs)));
      await setImmediate();
      began = performance.now();
    },
  };
}

/**
 * Whether the network fits the dataset, and both into a function's memory, by a rough bound: bytes per row are taken from
 * each split's first shard. Where shards are read when their turn comes, the network alone has to.
 *
 * @param memoryMb of the function
 * @throws ConfigError when they don't, saying what can be done
 */
export async function checkFitsInMemory(
  store: ObjectStore,
  manifest: DatasetManifest,
  given: JobConfig,
  memoryMb: number,
): Promise<void> {
  const shape = shapeOf(manifest);
  const config = withSizes(given, shape);
  validateAgainstDataset(config, shape);
  const { splits, name } = manifest;
  const kind = 'shards' in manifest ? manifest.shards : 'u8';
  const isHeld = config.sampling !== 'shardShuffle';
  const bytes = isHeld
    ? (await bytesOf(store, manifest, 'train')) + (await bytesOf(store, manifest, 'test'))
    : 0;
  const what = `the ${splits.train.size} and ${splits.test.size} rows of ${name}`;
  checkTrainingMemory(config, { kind, bytes }, memoryMb, what);
}

/** Of a split's shards, all together. */
async function bytesOf(store: ObjectStore, manifest: DatasetManifest, split: Split): Promise<number> {
  const { size, shards } = manifest.splits[split];
  if ('shards' in manifest && manifest.shards === 'sparse') {
    const [first] = shards;
    const bytes = await store.size(first!.key);
    if (bytes === undefined) throw new NotFoundError(`${first!.key} is not there`);
    return (bytes / first!.rows) * size;
  }
  const element = 'shards' in manifest && manifest.shards === 'f32' ? 4 : 1;
  return size * shapeOf(manifest).inputSize * element;
}
