/** Reads a sharded dataset into memory and keeps it there for the container's next invocations. */
import { datasetFromShards, targetsFromShards } from '../../core/data/dataset.ts';
import type { Shard } from '../../core/data/shard.ts';
import type { Labels, TrainingRows } from '../../core/network/architecture.ts';
import { KEYS } from './contract.ts';
import { decodeRows } from './manifest.ts';
import type { ObjectStore } from './object-store.ts';
import { type DatasetManifest, datasetManifest } from './schemas.ts';
import { decodeDocument, getVerified } from './verified.ts';

export interface LoadedDataset {
  manifest: DatasetManifest;
  train: TrainingRows;
  test: TrainingRows;
}

let cached: { manifestSha256: string; dataset: LoadedDataset } | undefined;

/**
 * @param manifestSha256 names the manifest, and through it every shard
 * @throws NotFoundError or IntegrityError when an object is missing or changed
 */
export async function loadDataset(
  store: ObjectStore,
  name: string,
  manifestSha256: string,
): Promise<LoadedDataset> {
  if (cached?.manifestSha256 === manifestSha256) return cached.dataset;
  const manifest = await loadManifest(store, name, manifestSha256);
  // The old one goes first: two datasets need not fit side by side.
  cached = undefined;
  const dataset = {
    manifest,
    train: await loadSplit(store, manifest, 'train'),
    test: await loadSplit(store, manifest, 'test'),
  };
  cached = { manifestSha256, dataset };
  return dataset;
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

/** @throws NotFoundError or IntegrityError when a shard is missing or changed */
export async function loadSplit(
  store: ObjectStore,
  manifest: DatasetManifest,
  split: 'train' | 'test',
): Promise<TrainingRows> {
  const shards: Shard<Labels | Float32Array>[] = [];
  for (const { key, sha256 } of manifest.splits[split].shards) {
    shards.push(decodeRows(await getVerified(store, key, sha256), manifest));
  }
  return 'targets' in manifest && manifest.targets !== undefined
    ? targetsFromShards(shards as Shard<Float32Array>[])
    : datasetFromShards(shards as Shard<Labels>[]);
}
