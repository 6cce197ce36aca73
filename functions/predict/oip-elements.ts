/**
 * Elements of tensors, in JSON and as the binary tensor data extension has them: little-endian, row-major, without gaps;
 * BYTES with their length, 4 bytes, before each (triton-inference-server/server, docs/protocol/extension_binary_data.md).
 */

import { badRequest } from '../http/http-error.ts';
import { shorten } from '../schemas/parse.ts';

/** A datatype whose elements all have the same size. */
interface Fixed {
  bytes: number;
  inJson: 'number' | 'boolean';
  read(view: DataView, at: number): number | bigint;
  write?(view: DataView, at: number, value: number): void;
}

const LENGTH_BYTES = 4;

const FIXED: Readonly<Record<string, Fixed>> = {
  BOOL: { bytes: 1, inJson: 'boolean', read: (view, at) => view.getUint8(at) },
  INT8: { bytes: 1, inJson: 'number', read: (view, at) => view.getInt8(at) },
  INT16: { bytes: 2, inJson: 'number', read: (view, at) => view.getInt16(at, true) },
  INT32: { bytes: 4, inJson: 'number', read: (view, at) => view.getInt32(at, true) },
  INT64: {
    bytes: 8,
    inJson: 'number',
    read: (view, at) => view.getBigInt64(at, true),
    write: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  },
  UINT8: { bytes: 1, inJson: 'number', read: (view, at) => view.getUint8(at) },
  UINT16: { bytes: 2, inJson: 'number', read: (view, at) => view.getUint16(at, true) },
  UINT32: { bytes: 4, inJson: 'number', read: (view, at) => view.getUint32(at, true) },
  UINT64: { bytes: 8, inJson: 'number', read: (view, at) => view.getBigUint64(at, true) },
  FP16: { bytes: 2, inJson: 'number', read: (view, at) => halfFloat(view.getUint16(at, true)) },
  FP32: {
    bytes: 4,
    inJson: 'number',
    read: (view, at) => view.getFloat32(at, true),
    write: (view, at, value) => view.setFloat32(at, value, true),
  },
  FP64: {
    bytes: 8,
    inJson: 'number',
    read: (view, at) => view.getFloat64(at, true),
    write: (view, at, value) => view.setFloat64(at, value, true),
  },
};

export const DATATYPES: readonly string[] = ['BYTES', ...Object.keys(FIXED)];

/** What an element is in JSON; undefined for a datatype that is none. */
export function jsonTypeOf(datatype: string): 'string' | 'number' | 'boolean' | undefined {
  if (datatype === 'BYTES') return 'string';
  return Object.hasOwn(FIXED, datatype) ? FIXED[datatype]!.inJson : undefined;
}

interface Tensor {
  datatype: string;
  shape: readonly number[];
}

/**
 * @param bytes of the whole tensor
 * @param field that the tensor is, for messages
 * @returns numbers and truths as JSON has them; of BYTES each element's bytes
 * @throws HttpError 400 when there are more or fewer bytes than the shape has, or an element that JSON's numbers or truths
 *   don't have
 */
export function decodeElements({ datatype, shape }: Tensor, bytes: Buffer, field: string): unknown[] {
  const count = shape.reduce((product, size) => product * size, 1);
  if (datatype === 'BYTES') return decodeBytes(bytes, count, field);
  const type = Object.hasOwn(FIXED, datatype) ? FIXED[datatype]! : undefined;
  if (type === undefined) {
    throw badRequest(
      `${field}.datatype`,
      `got ${shorten(datatype)}, expected one of ${DATATYPES.join(', ')}`,
    );
  }
  if (bytes.length !== count * type.bytes) {
    const what = `${datatype} of shape [${shape.join(', ')}]`;
    throw badRequest(
      `${field}.parameters.binary_data_size`,
      `got ${bytes.length}, expected ${count * type.bytes} for ${what}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: count }, (_, index) => {
    const value = type.read(view, index * type.bytes);
    const at = `${field}.data[${index}]`;
    if (type.inJson === 'boolean') {
      if (value > 1) throw badRequest(at, `got byte ${value}, expected 0 or 1`);
      return value === 1;
    }
    if (typeof value === 'number') return value;
    if (!Number.isSafeInteger(Number(value))) {
      throw badRequest(at, `got ${value}, expected an integer of at most 53 bits`);
    }
    return Number(value);
  });
}

/** The elements with their lengths, all of the bytes. */
function decodeBytes(bytes: Buffer, count: number, field: string): Buffer[] {
  const elements: Buffer[] = [];
  let at = 0;
  while (at < bytes.length && elements.length < count) {
    const start = at + LENGTH_BYTES;
    const length = start > bytes.length ? undefined : bytes.readUInt32LE(at);
    if (length === undefined || start + length > bytes.length) {
      const left = bytes.length - at;
      const got = length === undefined ? `${left} bytes` : `a length of ${length} and ${left - 4} bytes`;
      throw badRequest(`${field}.data[${elements.length}]`, `got ${got}, expected a length and its bytes`);
    }
    at = start + length;
    elements.push(bytes.subarray(start, at));
  }
  if (elements.length !== count) {
    throw badRequest(
      `${field}.data`,
      `got ${elements.length} elements, expected ${count}, as the shape has it`,
    );
  }
  if (at < bytes.length) {
    const message = `got ${bytes.length}, expected ${at}, which is what ${count} elements take`;
    throw badRequest(`${field}.parameters.binary_data_size`, message);
  }
  return elements;
}

/** @param data of an output: all of the datatype */
export function encodeElements(datatype: string, data: readonly (number | string)[]): Buffer {
  if (datatype === 'BYTES') {
    return Buffer.concat(
      data.flatMap((element) => {
        const bytes = Buffer.from(String(element));
        const length = Buffer.alloc(LENGTH_BYTES);
        length.writeUInt32LE(bytes.length);
        return [length, bytes];
      }),
    );
  }
  const { bytes: size, write } = FIXED[datatype]!;
  if (write === undefined) throw new TypeError(`datatype: got ${datatype}, which no output has`);
  const bytes = Buffer.alloc(data.length * size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  data.forEach((value, index) => {
    write(view, index * size, value as number);
  });
  return bytes;
}

/** IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  // Powers of two are exact; below the least exponent there is no leading one.
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (0x400 + fraction) * 2 ** (exponent - 25);
}
