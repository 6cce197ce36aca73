/** Samples in the kernels' memory: rows of bytes, or row pointers and {u32 column, f32 value} per non-zero input. */
import { type InputRows, isPixelRows, type PixelRows } from '../rows/input-rows.ts';
import type { SparseRows } from '../rows/sparse-rows.ts';
import type { KernelMemory } from './memory.ts';

/** Addresses; of bytes also the distance of two rows. */
export type PlacedRows =
  | { kind: 'bytes'; bytes: number; stride: number }
  | { kind: 'entries'; pointers: number; entries: number };

const VECTOR_BYTES = 16;
/** The kernels read bytes in groups of 64, beyond the end of the last row too. */
const GROUP_BYTES = 64;
const ENTRY_BYTES = 8;

export class RowStore {
  readonly #memory: KernelMemory;
  readonly #placed = new WeakMap<InputRows, PlacedRows>();
  /** Room for rows that are brought for one call; owns its memory, so that a larger one frees it. */
  #room = { address: 0, bytes: 0 };

  constructor(memory: KernelMemory) {
    this.#memory = memory;
  }

  find(x: InputRows): PlacedRows | undefined {
    return this.#placed.get(x);
  }

  /** Copies all rows, once; they stay as long as `x` does. */
  place(x: InputRows): void {
    if (this.#placed.has(x)) return;
    if (isPixelRows(x)) {
      const stride = strideOf(x);
      const bytes = this.#memory.allocate(x.rows * stride + GROUP_BYTES, x);
      if (stride === x.columns) this.#memory.views.u8.set(x.pixels, bytes);
      else for (let row = 0; row < x.rows; row++) this.#copyBytes(x, row, bytes + row * stride);
      this.#placed.set(x, { kind: 'bytes', bytes, stride });
      return;
    }
    const pointers = this.#memory.allocate(x.pointers.length * 4, x);
    const entries = this.#memory.allocate(x.indices.length * ENTRY_BYTES, x);
    this.#memory.views.u32.set(x.pointers, pointers >>> 2);
    this.#copyEntries(x, 0, x.indices.length, entries);
    this.#placed.set(x, { kind: 'entries', pointers, entries });
  }

  /** Copies the listed rows, in the list's order, to a place that the next call reuses. */
  bring(x: InputRows, rows: Uint32Array): PlacedRows {
    return isPixelRows(x) ? this.#bringBytes(x, rows) : this.#bringEntries(x, rows);
  }

  #bringBytes(x: PixelRows, rows: Uint32Array): PlacedRows {
    const stride = strideOf(x);
    const bytes = this.#reserve(rows.length * stride + GROUP_BYTES);
    rows.forEach((row, n) => {
      this.#copyBytes(x, row, bytes + n * stride);
    });
    return { kind: 'bytes', bytes, stride };
  }

  #bringEntries(x: SparseRows, rows: Uint32Array): PlacedRows {
    let count = 0;
    for (const row of rows) count += x.pointers[row + 1]! - x.pointers[row]!;
    const entries = this.#reserve(count * ENTRY_BYTES + (rows.length + 1) * 4);
    const pointers = entries + count * ENTRY_BYTES;
    const { u32 } = this.#memory.views;
    let at = 0;
    rows.forEach((row, n) => {
      u32[(pointers >>> 2) + n] = at;
      const begin = x.pointers[row]!;
      const end = x.pointers[row + 1]!;
      this.#copyEntries(x, begin, end, entries + at * ENTRY_BYTES);
      at += end - begin;
    });
    u32[(pointers >>> 2) + rows.length] = at;
    return { kind: 'entries', pointers, entries };
  }

  #reserve(bytes: number): number {
    if (bytes > this.#room.bytes) {
      // Twice the old one at least: slowly growing needs leave little behind, even before it is taken back.
      const room = { address: 0, bytes: Math.max(bytes, this.#room.bytes * 2) };
      room.address = this.#memory.allocate(room.bytes, room);
      this.#room = room;
    }
    return this.#room.address;
  }

  /** The bytes behind the row's, up to the stride, are zero or unread. */
  #copyBytes(x: PixelRows, row: number, address: number): void {
    this.#memory.views.u8.set(x.pixels.subarray(row * x.columns, (row + 1) * x.columns), address);
  }

  #copyEntries(x: SparseRows, begin: number, end: number, address: number): void {
    const { u32, f32 } = this.#memory.views;
    let at = address >>> 2;
    for (let k = begin; k < end; k++) {
      u32[at] = x.indices[k]!;
      f32[at + 1] = x.values[k]!;
      at += 2;
    }
  }
}

function strideOf(x: PixelRows): number {
  return Math.ceil(x.columns / VECTOR_BYTES) * VECTOR_BYTES;
}
