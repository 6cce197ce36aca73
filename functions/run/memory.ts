/** Whether a dataset fits into a function's memory. */
import { ConfigError } from '../../core/errors.ts';
import type { Split } from '../../core/ingest/catalogue/spec.ts';
import { memoryFor } from '../contract/data.ts';
import { TRAIN_MEMORY_MB } from '../contract/functions.ts';
import { shapeOf } from '../dataset/manifest.ts';
import type { DatasetManifest } from '../schemas/dataset.ts';
import { NotFoundError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';

const MB = 1024 * 1024;

/**
 * A rough bound: bytes per row are taken from each split's first shard.
 *
 * @param memoryMb of the function that holds the whole dataset
 * @throws ConfigError when it can't, saying what can be done
 */
export async function checkFitsInMemory(
  store: ObjectStore,
  manifest: DatasetManifest,
  sampling: string,
  memoryMb: number,
): Promise<void> {
  const bytes = (await bytesOf(store, manifest, 'train')) + (await bytesOf(store, manifest, 'test'));
  const kind = 'shards' in manifest ? manifest.shards : 'u8';
  const needed = memoryFor(kind, bytes);
  if (needed <= memoryMb) return;
  const { train, test } = manifest.splits;
  throw new ConfigError(
    `sampling: got ${sampling}, which holds the whole dataset in memory: the ${train.size} and ${test.size} rows of ${manifest.name}, about ${Math.round(bytes / MB)} MB in shards, need about ${Math.ceil(needed)} MB, and the function has ${memoryMb}; expected "shardShuffle", which reads shards when their turn comes, or a deployment with -c trainMemory=${Math.ceil(needed)} or more (at most ${TRAIN_MEMORY_MB.most})`,
  );
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
