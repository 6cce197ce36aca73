/**
 * Reads a pickle of a dict of NumPy arrays, `{'W1': array, 'b1': array, …}`, in any protocol that Python 3 writes.
 *
 * Nothing in a pickle is executed here. It is a program for a small stack machine; this machine knows the opcodes
 * that such a dict is made of (pickle-machine.ts) and the few functions of NumPy that its arrays name
 * (pickle-numpy.ts), as data. Anything else is an error.
 */

import { quote } from '../bytes/quote.ts';
import { IntegrityError } from '../errors.ts';
import { type NumpyArray, readNumpyArray } from './numpy-array.ts';
import { runPickle } from './pickle-machine.ts';
import { NumpyObjects, PickledArray } from './pickle-numpy.ts';

/**
 * @param bytes a whole file
 * @returns the arrays by name
 * @throws IntegrityError for a damaged pickle, naming the byte; for anything but a dict of arrays, naming the global,
 *   opcode or key
 */
export function decodePickle(bytes: Uint8Array): Map<string, NumpyArray> {
  const objects = new NumpyObjects(bytes.length);
  const dict = runPickle(bytes, objects);
  if (!(dict instanceof Map))
    throw new IntegrityError('pickle: it holds no dict, expected a dict of NumPy arrays');
  const arrays = new Map<string, NumpyArray>();
  for (const [name, value] of dict) {
    if (!(value instanceof PickledArray)) {
      throw new IntegrityError(`pickle: the value of ${quote(name)} is no NumPy array`);
    }
    const { dtype, shape, fortranOrder, data } = objects.contentOf(value, name);
    arrays.set(name, readNumpyArray(name, dtype, shape, fortranOrder, data));
  }
  return arrays;
}
