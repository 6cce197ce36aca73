/** A split of a dataset in memory, ready to train on. */
import { DatasetError } from '../errors.ts';
import { zerosOf } from '../rows/gather-rows.ts';
import type { InputRows } from '../rows/input-rows.ts';
import { joinSparse, type SparseRows, sparseFromDense } from '../rows/sparse-rows.ts';
import type { LabelledRows, Labels, TrainingRows } from '../rows/training-rows.ts';
import type { Shard } from './shard.ts';

/** Joins shards of labels, in order. @throws DatasetError for none, or mixed widths or kinds */
export const datasetFromShards = (shards: readonly Shard<Labels>[]): LabelledRows =>
  rowsFromShards(shards, false) as LabelledRows;

/** The same for shards of either kind. @param areTargets whether all have targets, not labels */
export function rowsFromShards(
  shards: readonly Shard<Labels | Float32Array>[],
  areTargets: boolean,
): TrainingRows {
  const x = joinInputs(shards);
  const outputs = shards.map(({ y }) => y);
  const [widest] = outputs.toSorted((a, b) => b.BYTES_PER_ELEMENT - a.BYTES_PER_ELEMENT);
  const length = outputs.reduce((sum, y) => sum + y.length, 0);
  const joined = join(outputs, zerosOf(widest!, length));
  const shardRows = shards.map(({ rows }) => rows);
  return areTargets
    ? { x, targets: joined as Float32Array, shardRows }
    : { x, labels: joined as Labels, shardRows };
}

/** Bytes stay bytes; floats become sparse rows, which is what the kernels take. */
function joinInputs(shards: readonly Shard<Labels | Float32Array>[]): InputRows {
  const columns = shards[0]?.columns ?? 0;
  const odd = shards.find((shard) => shard.columns !== columns);
  if (columns === 0 || odd !== undefined) {
    throw new DatasetError(`shards: got ${odd?.columns ?? 0} columns, expected ${columns || 'at least one'}`);
  }
  const rows = shards.reduce((sum, shard) => sum + shard.rows, 0);
  const blocks = shards.map(({ x }) => x);
  if (blocks.every((block) => block instanceof Uint8Array)) {
    // Read shard by shard, a dataset would be copied for nothing.
    if (blocks.length === 1) return { rows, columns, pixels: blocks[0]! };
    return { rows, columns, pixels: join(blocks, new Uint8Array(rows * columns)) };
  }
  if (blocks.every((block) => block instanceof Float32Array)) return sparseFromDense(blocks, columns);
  if (blocks.every((block): block is SparseRows => 'pointers' in block)) {
    return blocks.length === 1 ? blocks[0]! : joinSparse(blocks, columns);
  }
  throw new DatasetError('shards: got bytes, floats and sparse rows mixed, expected one kind');
}

/** Puts the parts one behind the other. */
function join<A extends Labels | Float32Array>(parts: readonly A[], joined: A): A {
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
