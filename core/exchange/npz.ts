/** .npz: a ZIP archive of one .npy file per array (numpy.savez, numpy.savez_compressed). */

import { quote } from '../bytes/quote.ts';
import { IntegrityError } from '../errors.ts';
import { decodeNpy } from './npy.ts';
import type { NumpyArray } from './numpy-array.ts';
import { readZip } from './zip.ts';

const EXTENSION = '.npy';

/**
 * @param maxBytes bound on the uncompressed size of all arrays together
 * @returns the arrays by name, without `.npy`
 * @throws IntegrityError when the archive or one of its arrays is not what it should be
 */
export async function decodeNpz(bytes: Uint8Array, maxBytes: number): Promise<Map<string, NumpyArray>> {
  const arrays = new Map<string, NumpyArray>();
  for (const [file, content] of await readZip(bytes, maxBytes)) {
    if (!file.endsWith(EXTENSION)) throw new IntegrityError(`npz: ${quote(file)} is no .npy file`);
    const name = file.slice(0, -EXTENSION.length);
    arrays.set(name, decodeNpy(content, name));
  }
  return arrays;
}
