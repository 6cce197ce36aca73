/**
 * The IDX format of MNIST's files (described at the end of yann.lecun.com/exdb/mnist): two zero bytes, a type byte,
 * the number of dimensions, each dimension as a big-endian 32-bit integer, then the elements, row-major.
 */
import { asKind } from '../bytes/kind.ts';
import { DatasetError } from '../errors.ts';

export interface IdxArray {
  shape: number[];
  /** A view into the file's bytes. */
  data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;
export const MAX_IDX_DIMENSIONS = 8;

/**
 * @param bytes a whole file of unsigned bytes
 * @param what names the file in errors
 * @throws DatasetError for a wrong magic number or type, too many dimensions, or a size that isn't the shape's
 */
export function parseIdx(bytes: Uint8Array, what = 'IDX file'): IdxArray {
  const { shape, headerBytes } = parseIdxHeader(bytes, what);
  const expected = shape.reduce((product, size) => product * size, 1);
  const actual = bytes.length - headerBytes;
  if (expected !== actual) {
    throw new DatasetError(
      `${what}: ${actual} elements for the shape [${shape.join(', ')}], expected ${expected}`,
    );
  }
  return { shape, data: bytes.subarray(headerBytes) };
}

/** The same for the header alone. @param bytes the header at least, or all there is */
export function parseIdxHeader(bytes: Uint8Array, what: string): { shape: number[]; headerBytes: number } {
  if (bytes.length < 4) throw new DatasetError(`${what}: ${bytes.length} bytes, expected at least 4`);
  if (bytes[0] !== 0 || bytes[1] !== 0) {
    throw new DatasetError(`${what}: does not start with two zero bytes, as IDX${asKind(bytes)}`);
  }
  if (bytes[2] !== UNSIGNED_BYTE) {
    throw new DatasetError(`${what}: element type 0x${bytes[2]!.toString(16)}, expected 0x8 (unsigned byte)`);
  }
  const dimensions = bytes[3]!;
  if (dimensions < 1 || dimensions > MAX_IDX_DIMENSIONS) {
    throw new DatasetError(`${what}: ${dimensions} dimensions, expected 1 to ${MAX_IDX_DIMENSIONS}`);
  }
  const headerBytes = 4 + 4 * dimensions;
  if (bytes.length < headerBytes) {
    throw new DatasetError(`${what}: ${bytes.length} bytes, its header alone takes ${headerBytes}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  const shape = Array.from({ length: dimensions }, (_, index) => view.getUint32(4 + 4 * index));
  return { shape, headerBytes };
}

/** What a file of unsigned bytes of this shape begins with. */
export function idxHeader(shape: readonly number[]): Uint8Array {
  const header = new Uint8Array(4 + 4 * shape.length);
  header[2] = UNSIGNED_BYTE;
  header[3] = shape.length;
  const view = new DataView(header.buffer);
  shape.forEach((size, index) => {
    view.setUint32(4 + 4 * index, size);
  });
  return header;
}
