/** Bytes cut into pieces, as they may come from anywhere. */
import * as fc from 'fast-check';

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** @param sizes of the pieces, over and over; empty for one piece */
export function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] ?? bytes.length;
    // A source may overwrite a piece once the next is asked for: each has memory of its own.
    pieces.push(bytes.slice(at, at + size));
    at += size;
  }
  return pieces;
}

/** A source that reuses its memory, as file streams may. */
export async function* reusing(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(Math.max(0, ...pieces.map(({ length }) => length)));
  for (const piece of pieces) {
    memory.set(piece);
    yield memory.subarray(0, piece.length);
    memory.fill(0x21);
  }
}

export const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}
