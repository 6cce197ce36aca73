/** Reads sharded datasets: piece by piece, or all of one into memory, where it stays for the container's next invocations. */

import type { Split } from '../../core/ingest/catalogue/spec.ts';
import { rowsFromShards } from '../../core/ingest/dataset.ts';
import type { Shard } from '../../core/ingest/shard.ts';
import type { Labels, TrainingRows } from '../../core/rows/training-rows.ts';
import { KEYS } from '../contract/keys.ts';
import { AT_ONCE } from '../contract/limits.ts';
import { type DatasetManifest, datasetManifest } from '../schemas/dataset.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { decodeDocument, getVerified } from '../store/verified.ts';
import { decodeRows, shapeOf } from './manifest.ts';
import { keptShards } from './shard-cache.ts';

export interface Dataset {
  manifest: DatasetManifest;
  /** A split's rows in order, in pieces that are there one after the other. */
  pieces(split: Split): AsyncIterable<TrainingRows>;
}

export interface LoadedDataset extends Dataset {
  train: TrainingRows;
  test: TrainingRows;
}

/** A dataset whose shards are read when they are asked for. */
export interface ShardedDataset extends Dataset {
  /** @throws NotFoundError or IntegrityError when the shard is missing or changed */
  load(split: Split, shard: number): Promise<TrainingRows>;
}

let cached: { manifestSha256: string; dataset: LoadedDataset } | undefined;

/**
 * Reads all of it.
 *
 * @param manifestSha256 names the manifest, and through it every shard
 * @param check of the manifest before shards are read, to refuse what is too large; also where they are in memory already
 * @throws NotFoundError or IntegrityError when an object is missing or changed
 */
export async function loadDataset(
  store: ObjectStore,
  name: string,
  manifestSha256: string,
  check: (manifest: DatasetManifest) => Promise<void> = async () => {},
): Promise<LoadedDataset> {
  if (cached?.manifestSha256 === manifestSha256) {
    const { dataset } = cached;
    await check(dataset.manifest);
    return dataset;
  }
  const manifest = await loadManifest(store, name, manifestSha256);
  await check(manifest);
  // The old one goes first: two datasets need not fit side by side.
  cached = undefined;
  const rows = {
    train: await loadSplit(store, manifest, 'train'),
    test: await loadSplit(store, manifest, 'test'),
  };
  const dataset: LoadedDataset = {
    manifest,
    ...rows,
    async *pieces(split) {
      yield rows[split];
    },
  };
  cached = { manifestSha256, dataset };
  return dataset;
}

/**
 * Reads nothing but the manifest yet.
 *
 * @param keepBytes of shards that stay in memory for later, in this invocation or the container's next ones
 * @throws NotFoundError or IntegrityError when the manifest is missing or changed
 */
export async function openDataset(
  store: ObjectStore,
  name: string,
  manifestSha256: string,
  keepBytes: number,
): Promise<ShardedDataset> {
  const manifest = await loadManifest(store, name, manifestSha256);
  const kept = keptShards(manifestSha256, keepBytes);
  const load = async (split: Split, index: number): Promise<TrainingRows> => {
    const { key, sha256 } = shardOf(manifest, split, index);
    return (
      kept.get(key) ?? kept.offer(key, rowsOf([await readShard(store, manifest, key, sha256)], manifest))
    );
  };
  return {
    manifest,
    load,
    pieces: (split) => inOrder(manifest.splits[split].shards.length, (n) => load(split, n)),
  };
}

/** Yields what `load` gives for 0, 1, …, with the next ones on their way. */
async function* inOrder<T>(count: number, load: (index: number) => Promise<T>): AsyncGenerator<T> {
  const ahead: Promise<T>[] = [];
  try {
    for (let index = 0; index < count; index++) {
      while (ahead.length <= AT_ONCE.shardsAhead && index + ahead.length < count) {
        const next = load(index + ahead.length);
        // It is waited for when its turn comes; that it fails before is no reason to end the process.
        next.catch(() => {});
        ahead.push(next);
      }
      yield await ahead.shift()!;
    }
  } finally {
    // Whoever stops here has an error of its own, or wants no more.
    await Promise.allSettled(ahead);
  }
}

/** @throws NotFoundError or IntegrityError when it is missing or changed */
export async function loadManifest(
  store: ObjectStore,
  name: string,
  manifestSha256: string,
): Promise<DatasetManifest> {
  const key = KEYS.manifest(name);
  return decodeDocument(datasetManifest, await getVerified(store, key, manifestSha256), key);
}

/** A whole split. @throws NotFoundError or IntegrityError when a shard is missing or changed */
export async function loadSplit(
  store: ObjectStore,
  manifest: DatasetManifest,
  split: Split,
): Promise<TrainingRows> {
  const shards: Shard<Labels | Float32Array>[] = [];
  const read = (index: number) => {
    const { key, sha256 } = shardOf(manifest, split, index);
    return readShard(store, manifest, key, sha256);
  };
  for await (const shard of inOrder(manifest.splits[split].shards.length, read)) shards.push(shard);
  return rowsOf(shards, manifest);
}

function shardOf(manifest: DatasetManifest, split: Split, index: number) {
  const shard = manifest.splits[split].shards[index];
  if (shard === undefined) throw new RangeError(`shard: got ${index}, expected one of the ${split} set`);
  return shard;
}

async function readShard(store: ObjectStore, manifest: DatasetManifest, key: string, sha256: string) {
  return decodeRows(await getVerified(store, key, sha256), manifest);
}

/** All of a dataset's shards have what its manifest says: labels, or targets. */
function rowsOf(shards: Shard<Labels | Float32Array>[], manifest: DatasetManifest): TrainingRows {
  return rowsFromShards(shards, shapeOf(manifest).targets !== undefined);
}
