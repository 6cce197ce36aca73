import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { KernelMemory } from '../../../core/kernels/memory.ts';
import { type PlacedRows, RowStore } from '../../../core/kernels/row-store.ts';
import type { InputRows, PixelRows } from '../../../core/rows/input-rows.ts';
import { type SparseRows, sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import { collectGarbage } from '../../support/garbage.ts';

/** Rows with some zeros, all zeros and none. */
function pixelRows(rows: number, columns: number): PixelRows {
  const pixels = Uint8Array.from({ length: rows * columns }, (_, at) => {
    const row = Math.floor(at / columns);
    return row % 4 === 1 ? 0 : row % 4 === 2 ? 1 + (at % 255) : (at * 7) % 3 === 0 ? at % 256 : 0;
  });
  return { rows, columns, pixels };
}
const sparseRows = ({ pixels, columns }: PixelRows): SparseRows => sparseFromPixels([pixels], columns);

/** The n-th placed row as the kernels see it: its bytes, or its [column, value] pairs. */
function read({ views }: KernelMemory, placed: PlacedRows, n: number, columns: number): unknown {
  if (placed.kind === 'bytes') {
    const begin = placed.bytes + n * placed.stride;
    return [...views.u8.subarray(begin, begin + columns)];
  }
  const pointer = placed.pointers / 4 + n;
  const entries: [number, number][] = [];
  for (let k = views.u32[pointer]!; k < views.u32[pointer + 1]!; k++) {
    entries.push([views.u32[placed.entries / 4 + 2 * k]!, views.f32[placed.entries / 4 + 2 * k + 1]!]);
  }
  return entries;
}

/** The same of the rows themselves. */
function expected(x: InputRows, row: number): unknown {
  if ('pixels' in x) return [...x.pixels.subarray(row * x.columns, (row + 1) * x.columns)];
  const [begin, end] = [x.pointers[row]!, x.pointers[row + 1]!];
  return [...x.indices.subarray(begin, end)].map((column, k) => [column, x.values[begin + k]!]);
}

const KINDS = [
  ['bytes', (rows: number, columns: number): InputRows => pixelRows(rows, columns)],
  ['entries', (rows: number, columns: number): InputRows => sparseRows(pixelRows(rows, columns))],
] as const;

describe.each(KINDS)('RowStore of %s', (_kind, make) => {
  const columnCounts = fc.constantFrom(1, 3, 15, 16, 17, 31, 64, 784);

  it('places all rows, vectors aligned', () => {
    fc.assert(
      fc.property(columnCounts, fc.integer({ min: 1, max: 9 }), (columns, rows) => {
        const memory = new KernelMemory(false);
        const store = new RowStore(memory);
        const x = make(rows, columns);
        expect(store.find(x)).toBeUndefined();
        store.place(x);
        const placed = store.find(x)!;
        if (placed.kind === 'bytes') expect([placed.bytes % 16, placed.stride % 16]).toEqual([0, 0]);
        for (let row = 0; row < rows; row++) {
          expect(read(memory, placed, row, columns)).toEqual(expected(x, row));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('brings the listed rows, in that order, repeated ones too, over what was there', () => {
    const memory = new KernelMemory(false);
    const store = new RowStore(memory);
    fc.assert(
      fc.property(columnCounts, fc.array(fc.nat(8), { maxLength: 12 }), (columns, rows) => {
        const x = make(9, columns);
        const placed = store.bring(x, Uint32Array.from(rows));
        rows.forEach((row, n) => {
          expect(read(memory, placed, n, columns)).toEqual(expected(x, row));
        });
      }),
      { numRuns: 60 },
    );
  });

  it('places once, and does not let go while the rows live', async () => {
    const memory = new KernelMemory(false);
    const store = new RowStore(memory);
    const x = make(50, 784);
    store.place(x);
    const placed = store.find(x)!;
    const size = memory.memory.buffer.byteLength;
    for (let time = 0; time < 3; time++) {
      store.place(x);
      await collectGarbage();
      // Would take what was given back.
      store.place(make(3, 5));
    }
    expect(store.find(x)).toBe(placed);
    expect(memory.memory.buffer.byteLength).toBe(size);
    for (let row = 0; row < 50; row++) expect(read(memory, placed, row, 784)).toEqual(expected(x, row));
  });

  it('lets go of rows that are garbage', async () => {
    const memory = new KernelMemory(false);
    const store = new RowStore(memory);
    const placed = async () => {
      const before = memory.memory.buffer.byteLength;
      store.place(make(200, 784));
      await collectGarbage();
      return memory.memory.buffer.byteLength - before;
    };
    // What is garbage is given back when the collector says so, some collections later perhaps; then rows need no more.
    await vi.waitUntil(async () => (await placed()) === 0, { timeout: 60_000, interval: 1 });
  });

  it('does not grow without bound when ever more rows are brought', () => {
    const memory = new KernelMemory(false);
    const store = new RowStore(memory);
    const x = make(256, 784);
    for (let rows = 1; rows <= 256; rows++)
      store.bring(
        x,
        Uint32Array.from({ length: rows }, (_, n) => n),
      );
    const needed = 'pixels' in x ? 256 * 784 : x.values.length * 8 + 257 * 4;
    expect(memory.memory.buffer.byteLength).toBeLessThan(needed * 5);
  });
});
