import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSafetensors, type Tensor, tensorOf } from '../../../core/bytes/safetensors.ts';
import { DatasetError, IntegrityError } from '../../../core/errors.ts';
import { datasetFromShards, rowsFromShards } from '../../../core/ingest/dataset.ts';
import { decodeShard, decodeTargetShard, encodeShard } from '../../../core/ingest/shard.ts';
import { toSparse } from '../../../core/rows/input-rows.ts';
import type { SparseRows } from '../../../core/rows/sparse-rows.ts';

const x = Uint8Array.of(0, 255, 51, 0, 0, 0);
const y = Uint8Array.of(1, 0, 2);

describe('shards', () => {
  it('round-trip', () => {
    expect(decodeShard(encodeShard(x, y, 3), 3)).toEqual({ rows: 3, columns: 2, x, y });
  });

  it('refuse a label that is no class, writing and reading', () => {
    expect(() => encodeShard(x, y, 2)).toThrow(/label 2: got 2, expected a class below 2/);
    expect(() => decodeShard(encodeShard(x, y, 3), 2)).toThrow(DatasetError);
  });

  it('refuse pixels that are no multiple of the labels', () => {
    expect(() => encodeShard(x, y.subarray(0, 4), 3)).not.toThrow();
    expect(() => encodeShard(x.subarray(1), y, 3)).toThrow(DatasetError);
    expect(() => encodeShard(new Uint8Array(0), new Uint8Array(0), 3)).toThrow(DatasetError);
  });

  const none = new Uint8Array(0);
  it.each<[string, Record<string, Tensor>]>([
    ['no x', { y: tensorOf(y, [3]) }],
    ['y of floats', { x: tensorOf(x, [3, 2]), y: tensorOf(new Float32Array(3), [3]) }],
    ['a tensor more', { x: tensorOf(x, [3, 2]), y: tensorOf(y, [3]), z: tensorOf(y, [3]) }],
    ['no rows', { x: tensorOf(none, [0, 2]), y: tensorOf(none, [0]) }],
    ['other numbers of rows', { x: tensorOf(x, [2, 3]), y: tensorOf(y, [3]) }],
  ])('refuse a file with %s', (_, tensors) => {
    const file = encodeSafetensors(new Map(Object.entries(tensors)));
    expect(() => decodeShard(file, 3)).toThrow(IntegrityError);
  });
});

/** Rows 0: columns 1 and 4, 1: none, 2: column 0. */
const SPARSE: SparseRows = {
  rows: 3,
  columns: 5,
  pointers: Uint32Array.of(0, 2, 2, 3),
  indices: Uint32Array.of(1, 4, 0),
  values: Float32Array.of(0.5, -2, 3),
};

describe('shards of other kinds', () => {
  const dense = Float32Array.of(0, 0.5, -1, 0, 0, 3);

  it('bytes are those that MNIST has always been written as', () => {
    const header =
      '{"x":{"dtype":"U8","shape":[3,2],"data_offsets":[0,6]},"y":{"dtype":"U8","shape":[3],"data_offsets":[6,9]}}';
    const bytes = Buffer.from(encodeShard(x, y, 3));
    expect(bytes.subarray(8, 8 + header.length).toString()).toBe(header);
    expect([...bytes.subarray(-9)]).toEqual([...x, ...y]);
  });

  it('dense floats round-trip', () => {
    expect(decodeShard(encodeShard(dense, y, 3), 3)).toEqual({ rows: 3, columns: 2, x: dense, y });
  });

  it('more classes take labels of more bytes', () => {
    for (const labels of [Uint16Array.of(0, 300, 65_535), Uint32Array.of(0, 1, 65_536)]) {
      // An odd number of bytes before them: they lie at an odd place.
      const shard = decodeShard(encodeShard(new Uint8Array(9), labels, 70_000), 70_000);
      expect(shard.y).toEqual(labels);
      expect(() => decodeShard(encodeShard(new Uint8Array(9), labels, 70_000), 65_535)).toThrow(DatasetError);
    }
  });

  it('targets round-trip, and are no labels', () => {
    const targets = Float32Array.of(1, 2, 3, 4, 5, 6);
    const bytes = encodeShard(x, targets, 2);
    expect(decodeTargetShard(bytes, 2)).toEqual({ rows: 3, columns: 2, x, y: targets });
    expect(() => decodeShard(bytes, 2)).toThrow(
      /y is F32 \[3, 2\], expected U8 or U16 or U32 of 1 dimensions/,
    );
    expect(() => decodeTargetShard(bytes, 3)).toThrow(/y is \[3, 2\], expected \[3, 3\]/);
    expect(() => decodeTargetShard(encodeShard(x, y, 3), 1)).toThrow(/y is U8/);
  });

  it('refuse numbers that are not finite, writing and reading', () => {
    const wrong = Float32Array.of(0, Number.NaN, 0);
    expect(() => encodeShard(wrong, y, 3)).toThrow('shard: x[1] is NaN, expected a finite number');
    expect(() => encodeShard(new Uint8Array(3), wrong, 1)).toThrow('shard: y[1] is NaN');
    expect(() => encodeShard({ ...SPARSE, values: wrong }, y, 3)).toThrow('shard: values[1] is NaN');
    const file = encodeShard(Float32Array.of(0, 1, 0), y, 3);
    // The last float before the three labels.
    file.set([0, 0, 0x80, 0x7f], file.length - 7);
    expect(() => decodeShard(file, 3)).toThrow('shard: x[2] is Infinity, expected a finite number');
  });

  it.each<[string, Partial<SparseRows>, RegExp]>([
    ['a first pointer', { pointers: Uint32Array.of(1, 2, 2, 3) }, /4 pointers from 1 on for 3 rows/],
    ['a last pointer', { pointers: Uint32Array.of(0, 2, 2, 4) }, /pointers up to 4, expected the same/],
    ['pointers that go back', { pointers: Uint32Array.of(0, 2, 1, 3) }, /row 1 goes from 2 to 1/],
    ['pointers beyond the end', { pointers: Uint32Array.of(0, 9, 2, 3) }, /row 0 goes from 0 to 9/],
    ['a column too large', { indices: Uint32Array.of(1, 5, 0) }, /row 0 has column 5 after 1, .* below 5/],
    ['a column twice', { indices: Uint32Array.of(1, 1, 0) }, /row 0 has column 1 after 1/],
    ['columns that go back', { indices: Uint32Array.of(4, 1, 0) }, /row 0 has column 1 after 4/],
    ['fewer values', { values: Float32Array.of(1, 2) }, /3 indices, 2 values/],
  ])('sparse rows of %s are refused, writing and reading', (_, change, message) => {
    const rows = { ...SPARSE, ...change };
    expect(() => encodeShard(rows, y, 3)).toThrow(message);
    const tensor = (dtype: 'U32' | 'F32', values: Uint32Array | Float32Array): Tensor => ({
      dtype,
      shape: [values.length],
      data: new Uint8Array(values.buffer),
    });
    const tensors = new Map([
      ['pointers', tensor('U32', rows.pointers)],
      ['indices', tensor('U32', rows.indices)],
      ['values', tensor('F32', rows.values)],
      ['y', tensorOf(y, [3])],
    ]);
    const file = encodeSafetensors(tensors, new Map([['columns', '5']]));
    expect(() => decodeShard(file, 3)).toThrow(message);
    expect(() => decodeShard(encodeSafetensors(tensors), 3)).toThrow('shard: columns "", expected a number');
  });

  it('any sparse rows round-trip', () => {
    const row = fc.uniqueArray(fc.nat(30), { maxLength: 8 }).map((columns) => columns.sort((a, b) => a - b));
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (columns) => {
        const indices = Uint32Array.from(columns.flat());
        const pointers = new Uint32Array(columns.length + 1);
        columns.forEach((one, index) => {
          pointers[index + 1] = pointers[index]! + one.length;
        });
        const values = Float32Array.from(indices, (column, entry) => column + entry / 3);
        const rows = { rows: columns.length, columns: 31, pointers, indices, values };
        const labels = new Uint8Array(columns.length);
        expect(decodeShard(encodeShard(rows, labels, 1), 1).x).toEqual(rows);
        // Cut in two and joined again.
        const half = Math.ceil(columns.length / 2);
        const part = (from: number, to: number): SparseRows => ({
          rows: to - from,
          columns: 31,
          pointers: pointers.slice(from, to + 1).map((pointer) => pointer - pointers[from]!),
          indices: indices.slice(pointers[from], pointers[to]),
          values: values.slice(pointers[from], pointers[to]),
        });
        const shards = [part(0, half), part(half, columns.length)]
          .filter((shard) => shard.rows > 0)
          .map((shard) => ({ rows: shard.rows, columns: 31, x: shard, y: labels.subarray(0, shard.rows) }));
        expect(datasetFromShards(shards).x).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  });
});

describe('datasetFromShards', () => {
  it('joins shards, whose pixels stand for pixel / 255', () => {
    const shard = decodeShard(encodeShard(x, y, 3), 3);
    const { x: pixelRows, labels } = datasetFromShards([shard, shard]);
    const rows = toSparse(pixelRows);
    expect([...rows.pointers]).toEqual([0, 1, 2, 2, 3, 4, 4]);
    expect([...rows.indices]).toEqual([1, 0, 1, 0]);
    expect([...rows.values]).toEqual([1, Math.fround(0.2), 1, Math.fround(0.2)]);
    expect([...labels]).toEqual([1, 0, 2, 1, 0, 2]);
  });

  it('takes bytes in a Buffer, and makes none itself', () => {
    const shard = { rows: 2, columns: 1, x: Buffer.of(3, 4), y: Buffer.of(0, 1) };
    expect(datasetFromShards([shard]).labels).toStrictEqual(Uint8Array.of(0, 1));
  });

  it('says how many rows each shard had', () => {
    const shard = { rows: 3, columns: 2, x, y };
    expect(
      datasetFromShards([shard, { ...shard, rows: 1, x: x.subarray(0, 2), y: y.subarray(0, 1) }]).shardRows,
    ).toEqual([3, 1]);
  });

  it('makes sparse rows of floats, and has labels as wide as the widest', () => {
    const shard = { rows: 1, columns: 3, x: Float32Array.of(0, 2, -1), y: Uint8Array.of(1) };
    const { x: rows, labels } = datasetFromShards([shard, { ...shard, y: Uint16Array.of(300) }]);
    expect(rows).toEqual({
      rows: 2,
      columns: 3,
      pointers: Uint32Array.of(0, 2, 4),
      indices: Uint32Array.of(1, 2, 1, 2),
      values: Float32Array.of(2, -1, 2, -1),
    });
    expect(labels).toEqual(Uint16Array.of(1, 300));
  });

  it('has targets', () => {
    const shard = { rows: 2, columns: 1, x: Uint8Array.of(1, 2), y: Float32Array.of(1, 2, 3, 4) };
    expect(rowsFromShards([shard, shard], true)).toHaveProperty(
      'targets',
      Float32Array.of(1, 2, 3, 4, 1, 2, 3, 4),
    );
  });

  it('refuses none, and kinds and widths that are mixed', () => {
    const shard = { rows: 1, columns: 3, x: Float32Array.of(0, 2, -1), y: Uint8Array.of(1) };
    const bytes = { ...shard, x: new Uint8Array(3) };
    expect(() => datasetFromShards([])).toThrow(DatasetError);
    expect(() => datasetFromShards([shard, bytes])).toThrow(/mixed, expected one kind/);
    const narrow = { ...bytes, columns: 2, x: new Uint8Array(2) };
    expect(() => datasetFromShards([bytes, narrow])).toThrow(DatasetError);
  });
});
