/** A split of a dataset in memory, ready to train on. */
import { DatasetError } from '../errors.ts';
import type { LabelledRows } from '../network/network.ts';
import type { Shard } from './shard.ts';
import { sparseFromPixels } from './sparse-rows.ts';

/** Joins shards, in order, into sparse rows; the dense pixels are not kept. @throws DatasetError for mixed widths */
export function datasetFromShards(shards: readonly Shard[]): LabelledRows {
  const columns = shards[0]?.columns ?? 0;
  const odd = shards.find((shard) => shard.columns !== columns);
  if (columns === 0 || odd !== undefined) {
    throw new DatasetError(`shards: got ${odd?.columns ?? 0} columns, expected ${columns || 'at least one'}`);
  }
  const labels = new Uint8Array(shards.reduce((sum, shard) => sum + shard.rows, 0));
  let at = 0;
  for (const shard of shards) {
    labels.set(shard.y, at);
    at += shard.rows;
  }
  const x = sparseFromPixels(
    shards.map((shard) => shard.x),
    columns,
  );
  return { x, labels };
}
