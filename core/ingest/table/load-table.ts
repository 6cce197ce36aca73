/** A CSV file that is in memory as rows to train on. */

import { DatasetError } from '../../errors.ts';
import type { Labels, TrainingRows } from '../../rows/training-rows.ts';
import { rowsFromShards } from '../dataset.ts';
import type { Shard } from '../shard.ts';
import { encodeTable } from './encode-table.ts';
import { gatherEncoding, type TableEncoding } from './encoding.ts';
import { BadRows } from './read-table.ts';
import type { TableSchema } from './schema.ts';

export interface LoadedTable {
  /** What turns the columns into inputs; hand it in again to read further files the same way. */
  encoding: TableEncoding;
  /** Labels where the schema has a label, else targets, in the file's order. */
  data: TrainingRows;
  /** Bad rows that were left out. */
  badRows: number;
}

/** Encoded at a time. */
const SHARD_ROWS = 1000;

/**
 * Reads a training set by its schema, or another file by the encoding that a training set gave.
 *
 * @param csv the file's bytes
 * @param name of the file in errors
 * @throws ConfigError for a schema that can't be; DatasetError, naming line and column, for what the schema doesn't allow
 */
export async function loadTable(
  rules: TableSchema | TableEncoding,
  csv: Uint8Array,
  name = 'table',
): Promise<LoadedTable> {
  const sources = [{ name, chunks: [csv] }];
  const encoding = 'schema' in rules ? rules : (await gatherEncoding(rules, sources)).encoding;
  const badRows = new BadRows(encoding.schema.maxBadRows);
  const shards: Shard<Labels | Float32Array>[] = [];
  for await (const shard of encodeTable(encoding, sources, { shardRows: SHARD_ROWS, badRows }))
    shards.push(shard);
  if (shards.length === 0) throw new DatasetError(`${name}: no rows, expected at least one`);
  const data = rowsFromShards(shards, encoding.targets.length > 0);
  return { encoding, data, badRows: badRows.count };
}
