/** Cuts a dataset's files into shards and writes the manifest that names them. */
import type { z } from 'zod';
import {
  CATALOGUE,
  type Catalogue,
  type DatasetSpec,
  datasetSpec,
  fileOf,
  inputSize,
} from '../../core/data/catalogue.ts';
import { parseIdx } from '../../core/data/idx.ts';
import { encodeShard } from '../../core/data/shard.ts';
import { KEYS } from '../shared/contract.ts';
import { DatasetError } from '../shared/errors.ts';
import { encodeJson } from '../shared/json.ts';
import { logger } from '../shared/logging.ts';
import type { ObjectStore } from '../shared/object-store.ts';
import { type DatasetManifest, datasetManifest, type shardDatasetOutput } from '../shared/schemas.ts';
import { sha256 } from '../shared/sha256.ts';
import { decodeDocument, getVerified } from '../shared/verified.ts';

/** Rows per shard: MNIST's are 7.8 MB, small enough to hold several, large enough that requests don't count. */
const SHARD_ROWS = 10_000;

export interface ShardRequest {
  store: ObjectStore;
  dataset: string;
  catalogue?: Catalogue;
  shardRows?: number;
}

/**
 * Deterministic: the same sources give the same shards and manifest, so repeating it after a kill is harmless, and a
 * manifest that is there already says that all is done.
 *
 * @throws DatasetError when the files don't hold what the catalogue says; IntegrityError when one was changed
 */
export async function shardDataset(request: ShardRequest): Promise<z.output<typeof shardDatasetOutput>> {
  const { store, catalogue = CATALOGUE, shardRows = SHARD_ROWS } = request;
  const spec = datasetSpec(request.dataset, catalogue);
  const key = KEYS.manifest(spec.name);
  const existing = await store.get(key);
  if (existing !== undefined) {
    return describe(decodeDocument(datasetManifest, existing.body, key), existing.body);
  }
  const manifest: DatasetManifest = {
    formatVersion: 1,
    name: spec.name,
    inputShape: [...spec.inputShape],
    classes: spec.classes,
    splits: {
      train: await shardSplit(store, spec, 'train', shardRows),
      test: await shardSplit(store, spec, 'test', shardRows),
    },
    sources: Object.fromEntries(spec.files.map((file) => [file.name, file.sha256])),
  };
  const bytes = encodeJson(manifest);
  await store.createImmutable(key, bytes);
  logger.info('sharded', {
    dataset: spec.name,
    train: manifest.splits.train.size,
    test: manifest.splits.test.size,
  });
  return describe(manifest, bytes);
}

function describe(manifest: DatasetManifest, bytes: Uint8Array): z.output<typeof shardDatasetOutput> {
  return {
    dataset: manifest.name,
    manifestSha256: sha256(bytes),
    trainSize: manifest.splits.train.size,
    testSize: manifest.splits.test.size,
  };
}

async function shardSplit(
  store: ObjectStore,
  spec: DatasetSpec,
  split: 'train' | 'test',
  shardRows: number,
): Promise<DatasetManifest['splits']['train']> {
  const read = async (role: 'images' | 'labels') => {
    const file = fileOf(spec, split, role);
    return parseIdx(await getVerified(store, KEYS.source(spec.name, file.name), file.sha256), file.name);
  };
  const images = await read('images');
  const labels = await read('labels');
  const size = labels.data.length;
  const expected = [size, ...spec.inputShape].join('×');
  if (images.shape.join('×') !== expected || labels.shape.length !== 1) {
    throw new DatasetError(
      `${spec.name} ${split}: images are ${images.shape.join('×')}, expected ${expected}`,
    );
  }
  const columns = inputSize(spec);
  const shards: DatasetManifest['splits']['train']['shards'] = [];
  for (let start = 0; start < size; start += shardRows) {
    const end = Math.min(size, start + shardRows);
    const bytes = encodeShard(
      images.data.subarray(start * columns, end * columns),
      labels.data.subarray(start, end),
      spec.classes,
    );
    const key = KEYS.shard(spec.name, split, shards.length);
    await store.createImmutable(key, bytes);
    shards.push({ key, sha256: sha256(bytes), rows: end - start });
  }
  return { size, shards };
}
