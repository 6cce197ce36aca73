/**
 * Writes Protocol Buffers messages (the wire format in protobuf.dev's "Encoding"): fields one after the other, each a
 * tag, number << 3 | wire type, and its value. Just what ONNX needs.
 */
import { encodeUtf8 } from '../bytes/text.ts';

const WIRE_VARINT = 0;
const WIRE_LENGTH_DELIMITED = 2;

export class ProtobufWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** int32, int64 or an enum, from 0 to 2^53 - 1. */
  integer(field: number, value: number): this {
    return this.#append(varint(tag(field, WIRE_VARINT))).#append(varint(value));
  }

  string(field: number, value: string): this {
    return this.bytes(field, encodeUtf8(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#delimiter(field, value.length).#append(value);
  }

  message(field: number, value: ProtobufWriter): this {
    this.#delimiter(field, value.#length);
    for (const part of value.#parts) this.#append(part);
    return this;
  }

  finish(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  #delimiter(field: number, length: number): this {
    return this.#append(varint(tag(field, WIRE_LENGTH_DELIMITED))).#append(varint(length));
  }

  #append(part: Uint8Array): this {
    this.#parts.push(part);
    this.#length += part.length;
    return this;
  }
}

const tag = (field: number, wireType: number): number => field * 8 + wireType;

/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function varint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`varint: ${value}, expected 0 to 2^53 - 1`);
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
