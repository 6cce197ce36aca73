/** Which rows are trained on and which ones only evaluated: the same of as many rows, seed and fraction. */
import { ConfigError } from '../errors.ts';
import { Permutation } from '../random/permutation.ts';
import { PURPOSE } from '../random/streams.ts';

/**
 * @param fraction of the rows, drawn at random, that are not trained on; 0 for none
 * @throws ConfigError where that would leave none of one kind
 */
export function splitRows(
  rows: number,
  fraction: number,
  seed: number,
): { train: Uint32Array; validation: Uint32Array } {
  const count = Math.round(rows * fraction);
  if (fraction > 0 && (count === 0 || count === rows)) {
    throw new ConfigError(`validation: got ${fraction}, which is ${count} of the ${rows} rows`);
  }
  const order = new Permutation(rows, seed, 0, PURPOSE.validation);
  const isValidation = new Uint8Array(rows);
  for (let position = 0; position < count; position++) isValidation[order.at(position)] = 1;
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  return {
    train: all.filter((row) => isValidation[row] === 0),
    validation: all.filter((row) => isValidation[row] === 1),
  };
}
