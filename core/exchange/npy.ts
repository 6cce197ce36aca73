/**
 * .npz: a ZIP archive of one .npy file per array (numpy.savez, numpy.savez_compressed).
 *
 * The .npy format, versions 1 to 3 (NumPy's numpy/lib/format.py, "Format Version"): magic, version, header length, a
 * Python dict literal padded with spaces, then the elements.
 */

import { ByteReader, decodeLatin1 } from '../bytes/byte-reader.ts';
import { quote, shorten } from '../bytes/quote.ts';
import { decodeUtf8 } from '../bytes/text.ts';
import { IntegrityError } from '../errors.ts';
import { type NumpyArray, readNumpyArray } from './numpy-array.ts';
import { readZip } from './zip.ts';

const EXTENSION = '.npy';
const MAGIC = '\x93NUMPY';
/** NumPy's own limit for files that it doesn't trust. */
const MAX_HEADER_BYTES = 10_000;

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

/**
 * @param bytes a whole file; nothing may follow the elements
 * @param name the array's, for errors
 * @throws IntegrityError for anything but a float32 or float64 array in one of the three versions
 */
export function decodeNpy(bytes: Uint8Array, name: string): NumpyArray {
  const fail = (what: string): never => {
    throw new IntegrityError(`npy ${quote(name)}: ${what}`);
  };
  const reader = new ByteReader(bytes, `npy ${quote(name)}`);
  if (decodeLatin1(reader.take(MAGIC.length)) !== MAGIC) fail('it does not start as .npy files do');
  const major = reader.u8();
  const minor = reader.u8();
  if (major < 1 || major > 3 || minor !== 0)
    fail(`format version ${major}.${minor}, expected 1.0, 2.0 or 3.0`);
  const headerBytes = major === 1 ? reader.u16() : reader.u32();
  if (headerBytes > MAX_HEADER_BYTES)
    fail(`a header of ${headerBytes} bytes, at most ${MAX_HEADER_BYTES} are read`);
  const headerText = reader.take(headerBytes);
  const { descr, fortranOrder, shape } = readHeader(
    major === 3 ? decodeUtf8Header(headerText, fail) : decodeLatin1(headerText),
    fail,
  );
  return readNumpyArray(name, descr, shape, fortranOrder, reader.take(reader.remaining));
}

function decodeUtf8Header(bytes: Uint8Array, fail: (what: string) => never): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    return fail(`the header is no UTF-8: ${(error as Error).message}`);
  }
}

const FIELD = /'(descr|fortran_order|shape)': *('[^'\\\n]*'|True|False|\([\d, ]*\)|\[.*?\]),? */y;

/** The header's dict literal: exactly the three fields, in any order, each once. */
function readHeader(
  text: string,
  fail: (what: string) => never,
): { descr: string; fortranOrder: boolean; shape: number[] } {
  const literal = /^\{ *(.*)\} *\n$/s.exec(text)?.[1];
  if (literal === undefined) return fail('the header is no dict in one line');
  const fields = new Map<string, string>();
  for (FIELD.lastIndex = 0; FIELD.lastIndex < literal.length; ) {
    const at = FIELD.lastIndex;
    const field = FIELD.exec(literal);
    if (field === null) return fail(`the header has ${JSON.stringify(literal.slice(at, at + 40))}`);
    if (fields.has(field[1]!)) fail(`the header has ${field[1]} twice`);
    fields.set(field[1]!, field[2]!);
  }
  const take = (key: string): string => fields.get(key) ?? fail(`the header has no ${key}`);
  const descr = take('descr');
  const order = take('fortran_order');
  const shape = take('shape');
  if (!descr.startsWith("'")) fail(`descr ${shorten(descr)}, expected '<f4' or '<f8'`);
  if (order !== 'True' && order !== 'False') fail(`fortran_order ${shorten(order)}, expected True or False`);
  // Of one size, a tuple in Python has a comma after it.
  if (!/^\((|\d+,|\d+(, ?\d+)+,?)\)$/.test(shape)) fail(`shape ${shorten(shape)}, expected a tuple of sizes`);
  return {
    descr: descr.slice(1, -1),
    fortranOrder: order === 'True',
    shape: (shape.match(/\d+/g) ?? []).map(Number),
  };
}
