/** Reads little-endian fields one after the other; asking for more than is there is an error, never a short answer. */
import { IntegrityError } from '../errors.ts';

export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  /** Of the next byte to read. */
  offset: number;

  /** @param what names the bytes in errors, e.g. `pickle` */
  constructor(bytes: Uint8Array, what: string, offset = 0) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
    this.offset = offset;
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  /** Steps over `count` bytes. @returns where they begin @throws IntegrityError when they go beyond the end */
  skip(count: number): number {
    const start = this.offset;
    if (count < 0 || count > this.remaining) {
      throw new IntegrityError(
        `${this.#what}: ${count} bytes expected at ${start}, ${this.bytes.length - start} are left`,
      );
    }
    this.offset += count;
    return start;
  }

  /** A view of the next `count` bytes. */
  take(count: number): Uint8Array {
    const start = this.skip(count);
    return this.bytes.subarray(start, start + count);
  }

  u8(): number {
    return this.#view.getUint8(this.skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }

  /** @throws IntegrityError beyond 2^53 - 1, which no size in a file can be */
  u64(): number {
    const value = Number(this.#view.getBigUint64(this.skip(8), true));
    if (!Number.isSafeInteger(value)) {
      throw new IntegrityError(`${this.#what}: the number at ${this.offset - 8} is beyond 2^53`);
    }
    return value;
  }

  /** The bytes up to the next line feed, which is stepped over. @throws IntegrityError when there is none */
  line(): Uint8Array {
    const end = this.bytes.indexOf(0x0a, this.offset);
    if (end < 0) throw new IntegrityError(`${this.#what}: the line at ${this.offset} has no end`);
    const line = this.take(end - this.offset);
    this.offset++;
    return line;
  }
}

/** One character per byte, as Latin-1 has it. */
export function decodeLatin1(bytes: Uint8Array): string {
  // In pieces: a call takes only so many arguments.
  const pieces: string[] = [];
  for (let start = 0; start < bytes.length; start += 4096) {
    pieces.push(String.fromCharCode(...bytes.subarray(start, start + 4096)));
  }
  return pieces.join('');
}
