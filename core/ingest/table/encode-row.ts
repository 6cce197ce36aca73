/** Single rows of a table's encoding, for those who predict with a network of their own. */
import type { TableEncoding } from './encoding.ts';
import { RowEncoder, type RowValue } from './row-encoder.ts';

/**
 * A row that is to be predicted as a network's inputs: by column, numbers as such or as text, categories as text. Label and
 * target may be there, and are not looked at.
 *
 * @returns [encoding.inputs]
 * @throws ConfigError naming the column, its value and what is allowed
 */
export function encodeRow(encoding: TableEncoding, values: Readonly<Record<string, RowValue>>): Float32Array {
  const input = new Float32Array(encoding.inputs);
  new RowEncoder(encoding).encodeValues(values, input);
  return input;
}

/** A regression's targets in the columns' own units from a network's outputs: what scaling and log(1 + x) did, undone. */
export function decodeTargets(encoding: TableEncoding, outputs: ArrayLike<number>): number[] {
  return new RowEncoder(encoding).decodeTargets(outputs);
}
