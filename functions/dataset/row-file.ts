/** A file of many images of one size: IDX with images first, or safetensors with `x` U8 [n, d]. */

import { decodeSafetensors } from '../../core/bytes/safetensors.ts';
import { IntegrityError } from '../../core/errors.ts';
import { parseIdx } from '../../core/ingest/idx.ts';

export interface RowFile {
  rows: number;
  columns: number;
  /** [rows, columns] */
  data: Uint8Array;
}

/** Where the header of a safetensors file begins, after its length. */
const SAFETENSORS_HEADER = 8;
const BRACE = 0x7b;

/** @param what names the file in errors. @throws DatasetError or IntegrityError when it is neither, or has empty rows */
export function decodeRows(bytes: Uint8Array, what: string): RowFile {
  const file = readRows(bytes, what);
  // There is no bound on how many of those a file of a few bytes could say that it has.
  if (file.columns === 0) {
    throw new IntegrityError(`${what}: got ${file.rows} rows of 0 numbers, expected 1 at least in each`);
  }
  return file;
}

function readRows(bytes: Uint8Array, what: string): RowFile {
  if (bytes[SAFETENSORS_HEADER] === BRACE) return safetensorsRows(bytes, what);
  const { shape, data } = parseIdx(bytes, what);
  const [rows = 0, ...image] = shape;
  if (image.length === 0) {
    throw new IntegrityError(`${what}: 1 dimension, expected images, which have two or more`);
  }
  return { rows, columns: image.reduce((product, size) => product * size, 1), data };
}

function safetensorsRows(bytes: Uint8Array, what: string): RowFile {
  const x = decodeSafetensors(bytes).tensors.get('x');
  if (x?.dtype !== 'U8' || x.shape.length !== 2) {
    const got = x === undefined ? 'no tensor x' : `x ${x.dtype} [${x.shape.join(', ')}]`;
    throw new IntegrityError(`${what}: got ${got}, expected x U8 [n, d]`);
  }
  const [rows, columns] = x.shape as [number, number];
  return { rows, columns, data: x.data };
}
