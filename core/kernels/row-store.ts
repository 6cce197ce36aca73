/** Samples in the kernels' memory: row pointers, and {u32 column, f32 value} per non-zero input. */
import type { SparseRows } from '../data/sparse-rows.ts';
import type { KernelMemory } from './memory.ts';

/** Addresses. */
export interface PlacedRows {
  pointers: number;
  entries: number;
}

export class RowStore {
  readonly #memory: KernelMemory;
  readonly #placed = new WeakMap<SparseRows, PlacedRows>();
  /** Room for rows that are brought for one call; grows to the largest need. */
  #visitors = { pointers: 0, rows: 0, entries: 0, count: 0 };

  constructor(memory: KernelMemory) {
    this.#memory = memory;
  }

  find(x: SparseRows): PlacedRows | undefined {
    return this.#placed.get(x);
  }

  /** Copies all rows, once; they stay as long as `x` does. */
  place(x: SparseRows): void {
    if (this.#placed.has(x)) return;
    const placed = {
      pointers: this.#memory.allocate(x.pointers.length * 4, x),
      entries: this.#memory.allocate(x.indices.length * 8, x),
    };
    const { u32 } = this.#memory.views;
    u32.set(x.pointers, placed.pointers >> 2);
    this.#copy(x, 0, x.indices.length, placed.entries);
    this.#placed.set(x, placed);
  }

  /** Copies the listed rows, in the list's order, to a place that the next call reuses. */
  bring(x: SparseRows, rows: Uint32Array): PlacedRows {
    let count = 0;
    for (const row of rows) count += x.pointers[row + 1]! - x.pointers[row]!;
    const room = this.#visitors;
    if (rows.length + 1 > room.rows) {
      room.rows = rows.length + 1;
      room.pointers = this.#memory.allocate(room.rows * 4, this);
    }
    if (count > room.count || room.entries === 0) {
      room.count = count;
      room.entries = this.#memory.allocate(count * 8, this);
    }
    let at = 0;
    const { u32 } = this.#memory.views;
    rows.forEach((row, n) => {
      u32[(room.pointers >> 2) + n] = at;
      const begin = x.pointers[row]!;
      const end = x.pointers[row + 1]!;
      this.#copy(x, begin, end, room.entries + at * 8);
      at += end - begin;
    });
    u32[(room.pointers >> 2) + rows.length] = at;
    return room;
  }

  #copy(x: SparseRows, begin: number, end: number, address: number): void {
    const { u32, f32 } = this.#memory.views;
    let at = address >> 2;
    for (let k = begin; k < end; k++) {
      u32[at] = x.indices[k]!;
      f32[at + 1] = x.values[k]!;
      at += 2;
    }
  }
}
