/** Writes a split's shards, and cuts its rows into them. */
import { mixShards } from '../../core/ingest/mix-shards.ts';
import { encodeShard, type Shard } from '../../core/ingest/shard.ts';
import type { Labels } from '../../core/rows/training-rows.ts';
import { shardRowsOf } from '../contract/data.ts';
import type { DatasetManifest } from '../schemas/dataset.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { sha256 } from '../store/sha256.ts';

type AnyShard = Shard<Labels | Float32Array>;
type Split = DatasetManifest['splits']['train'];

/** Of rows that are mixed with each other; a function of 1 GB holds them, and a shard and its copies. */
const WINDOW_BYTES = 256 * 1024 * 1024;

/** How many rows of so many bytes go into a shard, and how many are mixed with each other. */
export function rowsOf(rowBytes: number): { shardRows: number; windowRows: number } {
  const shardRows = shardRowsOf(rowBytes);
  const shards = Math.max(1, Math.floor(WINDOW_BYTES / rowBytes / shardRows));
  return { shardRows, windowRows: shards * shardRows };
}

/**
 * A training set's rows in an order that the definition alone decides, whatever the order in the files.
 *
 * @param pages the rows in shards of any size
 */
export function mixed(pages: AsyncIterable<AnyShard>, rowBytes: number, seed: number) {
  return mixShards(pages, { ...rowsOf(rowBytes), seed });
}

/**
 * Repeating it writes nothing new: the same rows are the same shards.
 *
 * @param outputs classes, or targets per row
 * @throws ConflictError when a shard of other rows is in the place of one
 */
export async function writeShards(
  store: ObjectStore,
  keyOf: (index: number) => string,
  shards: AsyncIterable<AnyShard>,
  outputs: number,
): Promise<Split> {
  const written: Split = { size: 0, shards: [] };
  for await (const { x, y, rows } of shards) {
    const bytes = encodeShard(x, y, outputs);
    const key = keyOf(written.shards.length);
    await store.createImmutable(key, bytes);
    written.shards.push({ key, sha256: sha256(bytes), rows });
    written.size += rows;
  }
  return written;
}
