/** NumPy arrays of float32 and float64, as .npy files and pickles hold them, brought to row-major float32. */

import { quote } from '../bytes/quote.ts';
import { IntegrityError } from '../errors.ts';
import { permuteAxes } from './axes.ts';

export interface NumpyArray {
  shape: readonly number[];
  /** Row-major. A float64 is rounded to the nearest float32. */
  values: Float32Array;
}

/** NumPy's own limit. */
const MAX_DIMENSIONS = 32;

/**
 * @param name the array's, for errors
 * @param dtype NumPy's type string, of which `<f4` and `<f8` are read
 * @param fortranOrder column-major: the first index varies fastest
 * @param data all of the array's bytes
 * @throws IntegrityError for another dtype, or when shape and bytes don't agree
 */
export function readNumpyArray(
  name: string,
  dtype: string,
  shape: readonly number[],
  fortranOrder: boolean,
  data: Uint8Array,
): NumpyArray {
  const fail = (what: string): never => {
    throw new IntegrityError(`array ${quote(name)}: ${what}`);
  };
  if (dtype !== '<f4' && dtype !== '<f8') {
    return fail(`dtype ${quote(dtype)}, expected <f4 or <f8 (float32 or float64, little-endian)`);
  }
  if (shape.length > MAX_DIMENSIONS)
    fail(`${shape.length} dimensions, at most ${MAX_DIMENSIONS} are possible`);
  const wrong = shape.find((size) => !Number.isSafeInteger(size) || size < 0);
  if (wrong !== undefined) fail(`shape [${shape.join(', ')}] has the size ${wrong}`);
  const itemBytes = dtype === '<f4' ? 4 : 8;
  const expected = shape.reduce((product, size) => product * size, itemBytes);
  if (!Number.isSafeInteger(expected) || expected !== data.length) {
    fail(`${data.length} bytes for ${dtype} [${shape.join(', ')}], expected ${expected}`);
  }
  // A copy, as the data need not lie where a typed array may begin. Not by slice(), which in Node's Buffer is a view.
  const { buffer } = new Uint8Array(data);
  const stored = itemBytes === 4 ? new Float32Array(buffer) : Float32Array.from(new Float64Array(buffer));
  return { shape, values: fortranOrder && shape.length > 1 ? rowMajor(stored, shape) : stored };
}

/** Elements stored column-major, in row-major order: those of the transpose are stored row-major. */
function rowMajor(stored: Float32Array, shape: readonly number[]): Float32Array {
  return permuteAxes(stored, shape.toReversed(), shape.map((_, axis) => axis).reverse());
}
