/** How much of a function's memory data may take. */
import type { Split } from '../../core/ingest/catalogue/spec.ts';
import { shapeOf } from '../dataset/manifest.ts';
import type { DatasetManifest } from '../schemas/dataset.ts';
import { ConfigError, NotFoundError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';

const MB = 1024 * 1024;
/** Runtime, code, network and a batch's activations: rather more than they take for networks of some million weights. */
export const RESERVED_MB = 256;
/** What reading shards takes besides, with garbage that is still to be collected. */
const STREAMING_MB = 768;
/**
 * A dataset is there as its shards, as the rows that they are joined to and as the kernels' copy of these. Float32 grow
 * on the way: as sparse rows each has its column beside it.
 */
export const COPIES = { u8: 3, sparse: 3, f32: 5 } as const;

/** Of decoded shards that may stay for later: half of what nothing else needs. */
export const keepBytesOf = (memoryMb: number): number =>
  (Math.max(0, memoryMb - RESERVED_MB - STREAMING_MB) / 2) * MB;

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
  const needed = RESERVED_MB + (bytes * COPIES[kind]) / MB;
  if (needed <= memoryMb) return;
  const { train, test } = manifest.splits;
  throw new ConfigError(
    `sampling: got ${sampling}, which holds the whole dataset in memory: the ${train.size} and ${test.size} rows of ${manifest.name}, about ${Math.round(bytes / MB)} MB in shards, need about ${Math.ceil(needed)} MB, and the function has ${memoryMb}; expected "shardShuffle", which reads shards when their turn comes, or a deployment with -c trainMemory=${Math.ceil(needed)} or more (at most 10240)`,
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
