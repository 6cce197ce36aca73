/** Augmented rows against their definition, and what must not change them. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Augmenter } from '../../../core/augmentation/augmenter.ts';
import type { Augmentation } from '../../../core/augmentation/settings.ts';
import type { PictureShape } from '../../../core/network/layers.ts';
import type { InputRows, PixelRows } from '../../../core/rows/input-rows.ts';
import { type SparseRows, sparseFromDense } from '../../../core/rows/sparse-rows.ts';
import { howMany } from '../../support/needs.ts';
import { augmentedDirectly, wordsOf } from './definition.ts';
import { augmentations, randomPixels, shapes } from './random-rows.ts';

const labelsOf = (rows: number) => Uint16Array.from({ length: rows }, (_, n) => 300 + n);
const all = (rows: number) => Uint32Array.from({ length: rows }, (_, n) => n);

/** Of step 3. */
function pixelsOf(x: PixelRows, shape: PictureShape, how: Augmentation, batch = all(x.rows), seed = 5) {
  const { data } = new Augmenter(how, shape, seed).augment({ x, labels: labelsOf(x.rows) }, batch, 3);
  return (data.x as PixelRows).pixels.slice(0, batch.length * x.columns);
}

function dense({ rows, columns, pointers, indices, values }: SparseRows): Float32Array {
  const result = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let k = pointers[row]!; k < pointers[row + 1]!; k++)
      result[row * columns + indices[k]!] = values[k]!;
  }
  return result;
}

const floatsOf = (x: PixelRows) => Float32Array.from(x.pixels, (pixel) => (pixel - 90) / 37);

const cases = fc.record({
  shape: shapes,
  how: augmentations,
  seed: fc.constantFrom(0, 1, 0xffff_ffff),
  step: fc.nat({ max: 0xffff_ffff }),
  rows: fc.integer({ min: 1, max: 3 }),
});

describe('augmented rows', () => {
  it('are what the definition says, bytes and floats', () => {
    fc.assert(
      fc.property(cases, ({ shape, how, seed, step, rows }) => {
        const x = randomPixels(rows, shape);
        const floats = floatsOf(x);
        const augmenter = new Augmenter(how, shape, seed);
        const labels = labelsOf(rows);
        const batch = all(rows).reverse();
        const bytes = (augmenter.augment({ x, labels }, batch, step).data.x as PixelRows).pixels.slice();
        const sparse = sparseFromDense([floats], x.columns);
        const exact = dense(augmenter.augment({ x: sparse, labels }, batch, step).data.x as SparseRows);
        batch.forEach((from, n) => {
          const at = (row: number) => [row * x.columns, (row + 1) * x.columns] as const;
          const expected = (values: ArrayLike<number>) =>
            augmentedDirectly(values, shape, how, seed, step, n);
          // Points are rounded to 1/2048 of a pixel, which moves a byte by an eighth at most; then bytes are rounded.
          expected(x.pixels.subarray(...at(from))).forEach((value, k) => {
            expect(Math.abs(bytes[n * x.columns + k]! - value)).toBeLessThan(0.64);
          });
          expected(floats.subarray(...at(from))).forEach((value, k) => {
            expect(Math.abs(exact[n * x.columns + k]! - value)).toBeLessThan(0.005);
          });
        });
      }),
      { numRuns: howMany(60, 1000) },
    );
  });

  it('are the rows themselves where nothing is to change', () => {
    const nothing: Augmentation[] = [
      {},
      { shift: 0, rotation: 0, scale: 0, elastic: { alpha: 0, sigma: 2 }, flip: false, crop: 0 },
    ];
    fc.assert(
      fc.property(shapes, fc.constantFrom(...nothing), (shape, how) => {
        const x = randomPixels(3, shape);
        expect(pixelsOf(x, shape, how)).toEqual(x.pixels);
        const sparse = sparseFromDense([floatsOf(x)], x.columns);
        const { data } = new Augmenter(how, shape, 1).augment({ x: sparse, labels: labelsOf(3) }, all(3), 0);
        expect(dense(data.x as SparseRows)).toEqual(floatsOf(x));
      }),
      { numRuns: 40 },
    );
  });

  it('are cropped by whole pixels, which changes no value', () => {
    const shape: PictureShape = [5, 8, 3];
    const x = randomPixels(40, shape);
    const cropped = pixelsOf(x, shape, { crop: 2 });
    const seen = new Set<string>();
    for (let row = 0; row < x.rows; row++) {
      const [, down, across] = wordsOf(row, 1, 3, 5).map((word) => Math.floor((word / 2 ** 32) * 5) - 2);
      seen.add(`${down} ${across}`);
      for (let y = 0; y < 5; y++) {
        for (let at = 0; at < 24; at++) {
          const isInside = y - down! >= 0 && y - down! < 5 && at - across! * 3 >= 0 && at - across! * 3 < 24;
          const from = row * 120 + (y - down!) * 24 + at - across! * 3;
          expect(cropped[row * 120 + y * 24 + at]).toBe(isInside ? x.pixels[from] : 0);
        }
      }
    }
    expect(seen.size).toBeGreaterThan(18);
  });

  it('are mirrored every other time, and mirrored twice they are themselves', () => {
    const shape: PictureShape = [3, 4, 2];
    const x = randomPixels(400, shape);
    const once = pixelsOf(x, shape, { flip: true });
    const mirrored = all(400).filter((row) => {
      const [there, here] = [once, x.pixels].map((pixels) => pixels.subarray(row * 24, row * 24 + 24));
      const turned = here!.map((_, at) => here![at + (3 - 2 * (Math.floor(at / 2) % 4)) * 2]!);
      expect([String(here), String(turned)]).toContain(String(there));
      return String(there) === String(turned);
    });
    expect(mirrored.length).toBeGreaterThan(160);
    expect(mirrored.length).toBeLessThan(240);
    expect(pixelsOf({ ...x, pixels: once }, shape, { flip: true })).toEqual(x.pixels);
  });

  it('are the same whatever else is in the batch or came before', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 5 }), ({ shape, how, seed, step }, length) => {
        const x = randomPixels(6, shape);
        const other = randomPixels(6, shape, 8);
        const augmenter = new Augmenter(how, shape, seed);
        const augment = (rows: InputRows, batch: Uint32Array, at: number) => {
          const { data } = augmenter.augment({ x: rows, labels: labelsOf(6) }, batch, at);
          return [...(data.x as PixelRows).pixels.subarray(0, batch.length * x.columns)];
        };
        const batch = new Uint32Array([4, 0, 4, 2, 5, 1]).subarray(0, length);
        const first = augment(x, batch, step);
        augment(other, new Uint32Array([1, 2, 3, 4, 5, 0, 1, 2, 3]), step ^ 1);
        expect(augment(x, batch, step)).toEqual(first);
        expect(augment(x, batch.subarray(0, 1), step)).toEqual(first.slice(0, x.columns));
      }),
      { numRuns: howMany(20, 200) },
    );
  });

  it('differ between the rows of a batch, steps and seeds', () => {
    const shape: PictureShape = [6, 7, 1];
    const x = randomPixels(1, shape);
    const how: Augmentation = { shift: 1 };
    const twice = new Uint32Array([0, 0]);
    const augmented = (seed: number, step: number) =>
      (new Augmenter(how, shape, seed).augment({ x, labels: labelsOf(1) }, twice, step).data.x as PixelRows)
        .pixels;
    const seen = [augmented(5, 3), augmented(5, 4), augmented(6, 3)].flatMap((pixels) => [
      String(pixels.subarray(0, 42)),
      String(pixels.subarray(42)),
    ]);
    expect(new Set(seen).size).toBe(6);
  });

  it('keep their labels or targets, in their own type', () => {
    const shape: PictureShape = [2, 3, 1];
    const x = randomPixels(4, shape);
    const augmenter = new Augmenter({ flip: true }, shape, 1);
    const batch = new Uint32Array([3, 1, 3]);
    const { data, batch: rows } = augmenter.augment({ x, labels: labelsOf(4) }, batch, 0);
    expect(rows).toEqual(new Uint32Array([0, 1, 2]));
    expect(data).toMatchObject({ x: { rows: 3, columns: 6 }, labels: new Uint16Array([303, 301, 303]) });
    const targets = Float32Array.from({ length: 8 }, (_, k) => k / 3);
    const regression = augmenter.augment({ x, targets }, batch, 0).data;
    expect(regression).toMatchObject({ targets: new Float32Array([2, 7 / 3, 2 / 3, 1, 2, 7 / 3]) });
    const bytes = augmenter.augment({ x, labels: new Uint8Array([9, 8, 7, 6]) }, batch, 0).data;
    expect(bytes).toMatchObject({ labels: new Uint8Array([6, 8, 6]) });
  });

  it('are refused when they are no such pictures', () => {
    const augmenter = new Augmenter({}, [2, 3, 2], 0);
    const x = randomPixels(1, [2, 3, 1]);
    expect(() => augmenter.augment({ x, labels: labelsOf(1) }, all(1), 0)).toThrow(
      'x: got 6 columns, expected 12, the values of a picture of 2×3×2',
    );
  });

  it('are the same bits as ever', () => {
    const shape: PictureShape = [28, 23, 2];
    const x = randomPixels(50, shape);
    const how: Augmentation = {
      ...{ shift: 2.5, rotation: 15, scale: 0.15, flip: true, crop: 2 },
      elastic: { alpha: 34, sigma: 4 },
    };
    const sha256 = (values: Uint8Array | Float32Array) =>
      createHash('sha256').update(values).digest('hex').slice(0, 16);
    const { data } = new Augmenter(how, shape, 5).augment(
      { x: sparseFromDense([floatsOf(x)], x.columns), labels: labelsOf(50) },
      all(50),
      3,
    );
    expect([sha256(pixelsOf(x, shape, how)), sha256(dense(data.x as SparseRows))]).toEqual([
      'ca5d15657a288f37',
      '6211ef750b79a887',
    ]);
  });
});
