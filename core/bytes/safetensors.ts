/**
 * Safetensors (huggingface/safetensors, README "Format"): 8 bytes little-endian header length N, N bytes of JSON
 * mapping names to {dtype, shape, data_offsets}, then the tensors' bytes back to back, all little-endian.
 *
 * The reader trusts nothing: whatever the format forbids is an IntegrityError that names the tensor.
 */
import { IntegrityError } from '../errors.ts';
import { quote, shorten, showShape } from './quote.ts';
import { parseStrictJson } from './strict-json.ts';
import { decodeUtf8, encodeUtf8 } from './text.ts';

/** Bytes per element. */
export const DTYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;
export type Dtype = keyof typeof DTYPE_BYTES;

export interface Tensor {
  dtype: Dtype;
  shape: readonly number[];
  /** Little-endian elements, row-major. */
  data: Uint8Array;
}

export interface Safetensors {
  tensors: Map<string, Tensor>;
  metadata: Map<string, string>;
}

/** The reference implementation's limit on the header, in bytes. */
export const MAX_HEADER_BYTES = 100_000_000;
const METADATA = '__metadata__';
const LENGTH_BYTES = 8;

/** Tensor over an array's own bytes (every platform that runs JavaScript here is little-endian). */
export function tensorOf(values: Float32Array | Uint8Array, shape: readonly number[]): Tensor {
  return {
    dtype: values instanceof Float32Array ? 'F32' : 'U8',
    shape,
    data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}

/** A copy of an F32 tensor's elements. @throws IntegrityError for another dtype */
export function float32Of(name: string, tensor: Tensor): Float32Array {
  if (tensor.dtype !== 'F32')
    throw new IntegrityError(`tensor ${quote(name)}: dtype ${tensor.dtype}, expected F32`);
  // Not slice(), which in Node's Buffer is a view.
  return new Float32Array(new Uint8Array(tensor.data).buffer);
}

/**
 * Deterministic bytes: tensors and metadata in order of their names, the header padded with spaces to 8 bytes.
 *
 * @throws IntegrityError when a tensor's bytes don't fit its shape
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {};
  if (metadata.size > 0) header[METADATA] = Object.fromEntries(sortedByKey(metadata));
  const sorted = sortedByKey(tensors);
  let offset = 0;
  for (const [name, tensor] of sorted) {
    checkLength(name, tensor.dtype, tensor.shape, tensor.data.length);
    header[name] = {
      dtype: tensor.dtype,
      shape: tensor.shape,
      data_offsets: [offset, offset + tensor.data.length],
    };
    offset += tensor.data.length;
  }
  const json = JSON.stringify(header);
  const unpadded = encodeUtf8(json);
  const headerBytes = encodeUtf8(json + ' '.repeat((8 - (unpadded.length % 8)) % 8));
  const bytes = new Uint8Array(LENGTH_BYTES + headerBytes.length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes.length), true);
  bytes.set(headerBytes, LENGTH_BYTES);
  let at = LENGTH_BYTES + headerBytes.length;
  for (const [, tensor] of sorted) {
    bytes.set(tensor.data, at);
    at += tensor.data.length;
  }
  return bytes;
}

/**
 * @param bytes a whole file; the tensors are views into it
 * @throws IntegrityError for a bad header, an unknown dtype, sizes, overlaps or holes, each naming the tensor
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  if (bytes.length < LENGTH_BYTES) {
    throw new IntegrityError(`safetensors: ${bytes.length} bytes, expected at least ${LENGTH_BYTES}`);
  }
  const declared = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const room = bytes.length - LENGTH_BYTES;
  if (declared > BigInt(Math.min(MAX_HEADER_BYTES, room))) {
    throw new IntegrityError(
      `safetensors: header of ${declared} bytes, at most ${Math.min(MAX_HEADER_BYTES, room)} are possible`,
    );
  }
  const headerEnd = LENGTH_BYTES + Number(declared);
  const header = readHeader(bytes.subarray(LENGTH_BYTES, headerEnd));
  const body = bytes.subarray(headerEnd);
  const metadata = readMetadata(header.get(METADATA));
  header.delete(METADATA);
  const tensors = new Map<string, Tensor>();
  const spans: { name: string; begin: number; end: number }[] = [];
  for (const [name, value] of header) {
    const { dtype, shape, begin, end } = readEntry(name, value, body.length);
    tensors.set(name, { dtype, shape, data: body.subarray(begin, end) });
    spans.push({ name, begin, end });
  }
  checkSpans(spans, body.length);
  return { tensors, metadata };
}

function readHeader(bytes: Uint8Array): Map<string, unknown> {
  if (bytes[0] !== 0x7b) throw new IntegrityError('safetensors: the header does not start with {');
  let value: unknown;
  try {
    value = parseStrictJson(decodeUtf8(bytes));
  } catch (error) {
    throw new IntegrityError(`safetensors: header: ${(error as Error).message}`, { cause: error });
  }
  return value as Map<string, unknown>;
}

function readMetadata(value: unknown): Map<string, string> {
  if (value === undefined) return new Map();
  if (!(value instanceof Map)) throw new IntegrityError(`safetensors: ${METADATA} is no object`);
  for (const [key, text] of value) {
    if (typeof text !== 'string')
      throw new IntegrityError(`safetensors: ${METADATA}.${shorten(key)} is no string`);
  }
  return value as Map<string, string>;
}

function readEntry(
  name: string,
  value: unknown,
  bodyBytes: number,
): { dtype: Dtype; shape: number[]; begin: number; end: number } {
  const fail = (what: string): never => {
    throw new IntegrityError(`safetensors: tensor ${quote(name)}: ${what}`);
  };
  if (!(value instanceof Map)) return fail('its entry is no object');
  const unknown = [...value.keys()].find((key) => !['dtype', 'shape', 'data_offsets'].includes(key));
  if (unknown !== undefined) return fail(`unknown field ${quote(unknown)}`);
  const dtype: unknown = value.get('dtype');
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    return fail(
      `dtype ${typeof dtype === 'string' ? quote(dtype) : 'is no string'}, expected one of ${Object.keys(DTYPE_BYTES).join(', ')}`,
    );
  }
  const shape = value.get('shape');
  if (!isSizes(shape)) return fail('shape is no list of sizes');
  const offsets = value.get('data_offsets');
  if (!isSizes(offsets) || offsets.length !== 2) return fail('data_offsets is no pair of offsets');
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > bodyBytes) {
    return fail(`data_offsets [${begin}, ${end}] are outside the ${bodyBytes} bytes of data`);
  }
  checkLength(name, dtype as Dtype, shape, end - begin);
  return { dtype: dtype as Dtype, shape, begin, end };
}

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

function checkLength(name: string, dtype: Dtype, shape: readonly number[], length: number): void {
  const expected = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
  if (!Number.isSafeInteger(expected) || expected !== length) {
    throw new IntegrityError(
      `safetensors: tensor ${quote(name)}: ${length} bytes for ${dtype} ${showShape(shape)}, expected ${expected}`,
    );
  }
}

/** The data is covered exactly once: no hole, no overlap, nothing after the last tensor. */
function checkSpans(spans: { name: string; begin: number; end: number }[], bodyBytes: number): void {
  let at = 0;
  for (const { name, begin, end } of spans.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) {
      throw new IntegrityError(
        `safetensors: tensor ${quote(name)} begins at ${begin}, the one before ends at ${at}`,
      );
    }
    at = end;
  }
  if (at !== bodyBytes) {
    throw new IntegrityError(`safetensors: ${bodyBytes} bytes of data, the tensors cover ${at}`);
  }
}

function sortedByKey<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
