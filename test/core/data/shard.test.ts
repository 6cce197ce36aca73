import { describe, expect, it } from 'vitest';
import { datasetFromShards } from '../../../core/data/dataset.ts';
import { toSparse } from '../../../core/data/input-rows.ts';
import { decodeShard, encodeShard } from '../../../core/data/shard.ts';
import { DatasetError, IntegrityError } from '../../../core/errors.ts';
import { encodeSafetensors, tensorOf } from '../../../core/formats/safetensors.ts';

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

  it.each([
    ['no x', new Map([['y', tensorOf(y, [3])]])],
    [
      'x of floats',
      new Map([
        ['x', tensorOf(new Float32Array(6), [3, 2])],
        ['y', tensorOf(y, [3])],
      ]),
    ],
    [
      'other numbers of rows',
      new Map([
        ['x', tensorOf(x, [2, 3])],
        ['y', tensorOf(y, [3])],
      ]),
    ],
  ])('refuse a file with %s', (_, tensors) => {
    expect(() => decodeShard(encodeSafetensors(tensors), 3)).toThrow(IntegrityError);
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

  it('refuses none and mixed widths', () => {
    expect(() => datasetFromShards([])).toThrow(DatasetError);
    const wide = { rows: 1, columns: 3, x: new Uint8Array(3), y: Uint8Array.of(0) };
    expect(() => datasetFromShards([wide, { ...wide, columns: 2, x: new Uint8Array(2) }])).toThrow(
      DatasetError,
    );
  });
});
