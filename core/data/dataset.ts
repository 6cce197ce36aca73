/** A split of a dataset in memory, ready to train on. */
import { DatasetError } from '../errors.ts';
import type { LabelledRows } from '../network/architecture.ts';
import type { Shard } from './shard.ts';

/** Joins shards, in order. @throws DatasetError for none or mixed widths */
export function datasetFromShards(shards: readonly Shard[]): LabelledRows {
  const columns = shards[0]?.columns ?? 0;
  const odd = shards.find((shard) => shard.columns !== columns);
  if (columns === 0 || odd !== undefined) {
    throw new DatasetError(`shards: got ${odd?.columns ?? 0} columns, expected ${columns || 'at least one'}`);
  }
  const rows = shards.reduce((sum, shard) => sum + shard.rows, 0);
  const labels = new Uint8Array(rows);
  const pixels = new Uint8Array(rows * columns);
  let at = 0;
  for (const shard of shards) {
    labels.set(shard.y, at);
    pixels.set(shard.x, at * columns);
    at += shard.rows;
  }
  return { x: { rows, columns, pixels }, labels };
}
