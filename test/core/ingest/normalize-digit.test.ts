/** Pictures of digits become MNIST's, and MNIST's stay what they are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DatasetError } from '../../../core/errors.ts';
import { parseIdx } from '../../../core/ingest/idx.ts';
import { normalizeDigit } from '../../../core/ingest/normalize-digit.ts';
import type { Picture } from '../../../core/ingest/picture.ts';
import { mnistFolder } from '../../../scripts/cloud/mnist-mirror.ts';
import { howMany } from '../../support/needs.ts';

const { data } = parseIdx(readFileSync(join(mnistFolder(), 't10k-images-idx3-ubyte')));
const digit = (index: number) => Uint8Array.from(data.subarray(index * 784, (index + 1) * 784));
const grey = (pixels: Uint8Array, width = 28): Picture => ({
  width,
  height: pixels.length / width,
  channels: 1,
  data: pixels,
});
const negative = (pixels: Uint8Array) => pixels.map((level) => 255 - level);

/** The picture enlarged `times` times, with `margin` pixels of ground on the left and above. */
function enlarged(pixels: Uint8Array, times: number, margin: number): Picture {
  const side = 28 * times + margin;
  const larger = new Uint8Array(side * side);
  for (let y = margin; y < side; y++) {
    for (let x = margin; x < side; x++) {
      larger[y * side + x] =
        pixels[Math.floor((y - margin) / times) * 28 + Math.floor((x - margin) / times)]!;
    }
  }
  return grey(larger, side);
}

/** Ink's box and centre of mass, in pixel indices. */
function measure(pixels: Uint8Array) {
  let [left, right, top, bottom, mass, mx, my] = [28, -1, 28, -1, 0, 0, 0];
  pixels.forEach((level, i) => {
    if (level === 0) return;
    const [x, y] = [i % 28, Math.floor(i / 28)];
    [left, right, top, bottom] = [
      Math.min(left, x),
      Math.max(right, x),
      Math.min(top, y),
      Math.max(bottom, y),
    ];
    mass += level;
    mx += level * x;
    my += level * y;
  });
  return { left, top, width: right - left + 1, height: bottom - top + 1, x: mx / mass, y: my / mass };
}

/** Mean difference of two images of 784 grey levels. */
const difference = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((sum, level, i) => sum + Math.abs(level - b[i]!), 0) / 784;

/** All of the test set in the proof. */
const IMAGES = howMany(2000, 10_000);

describe('images of MNIST', () => {
  it(`stay what they are, ${IMAGES} of the test set, and so do their negatives`, () => {
    const changed: number[] = [];
    for (let index = 0; index < IMAGES; index++) {
      const pixels = digit(index);
      const positive = normalizeDigit(grey(pixels));
      const inverted = normalizeDigit(grey(negative(pixels)));
      if (Buffer.compare(positive, pixels) !== 0 || Buffer.compare(inverted, pixels) !== 0) {
        changed.push(index);
      }
    }
    expect(changed).toEqual([]);
  });

  it.each([19_841, 45_131])(
    'stay even where the centre of mass is furthest off: training image %i',
    (index) => {
      const train = parseIdx(readFileSync(join(mnistFolder(), 'train-images-idx3-ubyte'))).data;
      const pixels = Uint8Array.from(train.subarray(index * 784, (index + 1) * 784));
      expect(normalizeDigit(grey(pixels))).toEqual(pixels);
    },
  );

  it('in colours that are grey stay, too', () => {
    const pixels = digit(0);
    const rgb = Uint8Array.from({ length: 784 * 3 }, (_, i) => pixels[Math.floor(i / 3)]!);
    const rgba = Uint8Array.from({ length: 784 * 4 }, (_, i) => (i % 4 === 3 ? 255 : pixels[i >> 2]!));
    expect(normalizeDigit({ width: 28, height: 28, channels: 3, data: rgb })).toEqual(pixels);
    expect(normalizeDigit({ width: 28, height: 28, channels: 4, data: rgba })).toEqual(pixels);
  });

  const meanChange = (pictureOf: (pixels: Uint8Array) => Picture) => {
    let sum = 0;
    for (let index = 0; index < 40; index++) {
      const pixels = digit(index);
      sum += difference(normalizeDigit(pictureOf(pixels)), pixels);
    }
    return sum / 40;
  };

  it('differ by more than what follows from themselves a pixel further', () => {
    const shifted = (index: number) => Uint8Array.from(digit(index), (_, i) => digit(index)[i - 1] ?? 0);
    for (let index = 0; index < 10; index++) {
      expect(difference(shifted(index), digit(index))).toBeGreaterThan(10);
    }
  });

  // Faint ink at the box's edge counts as ground, so that the rest is scaled a little; a shift by one pixel changes
  // the levels by far more.
  it.each([
    [1, 5],
    [3, 10],
    [7, 40],
  ])('come back nearly the same from %i times the size, %i pixels off', (times, margin) => {
    expect(meanChange((pixels) => enlarged(pixels, times, margin))).toBeLessThan(8);
  });

  it('come back from paper: dark ink of half the contrast on a light ground, unevenly lit', () => {
    const paper = (pixels: Uint8Array) => {
      const picture = enlarged(pixels, 4, 20);
      const levels = (level: number, i: number) =>
        230 - level / 2 - (16 * (i % picture.width)) / picture.width;
      return { ...picture, data: Uint8Array.from(picture.data, levels) };
    };
    expect(meanChange(paper)).toBeLessThan(8);
  });
});

const ink = fc.uint8Array({ minLength: 60, maxLength: 60 });
const pictures = fc.record({
  strokes: fc.array(fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99), fc.nat(99)), {
    minLength: 1,
    maxLength: 5,
  }),
  width: fc.integer({ min: 1, max: 70 }),
  height: fc.integer({ min: 1, max: 70 }),
  noise: ink,
});

it('any picture with ink fills 20 pixels one way and has its centre of mass in the centre, if its box allows', () => {
  fc.assert(
    fc.property(pictures, ({ strokes, width, height, noise }) => {
      // Three pixels of ground around the ink, with noise below what counts as ink.
      const [w, h] = [width + 6, height + 6];
      const pixels = Uint8Array.from({ length: w * h }, (_, i) => noise[i % noise.length]! % 20);
      for (const [a, b, c, d] of strokes) {
        const x = 3 + Math.floor((a * width) / 100);
        const y = 3 + Math.floor((b * height) / 100);
        const right = Math.min(w - 4, x + Math.floor((c * width) / 100));
        const bottom = Math.min(h - 4, y + Math.floor((d * height) / 100));
        for (let j = y; j <= bottom; j++) pixels.fill(255, j * w + x, j * w + right + 1);
      }
      const result = normalizeDigit(grey(pixels, w));
      expect(Math.max(...result)).toBe(255);
      const box = measure(result);
      expect(Math.max(box.width, box.height)).toBe(20);
      for (const [first, size, mean] of [
        [box.left, box.width, box.x],
        [box.top, box.height, box.y],
      ] as const) {
        const isHeldBack = first === 0 || first + size === 28;
        if (!isHeldBack) expect(Math.abs(mean - 14)).toBeLessThanOrEqual(0.5);
      }
    }),
    { numRuns: 200 },
  );
});

describe('known pictures', () => {
  /** Ground of `size` with a filled rectangle. */
  function rectangle(
    size: [number, number],
    [x, y, w, h]: [number, number, number, number],
    [ground, level] = [0, 255],
  ) {
    const pixels = new Uint8Array(size[0] * size[1]).fill(ground!);
    for (let j = y; j < y + h; j++) pixels.fill(level!, j * size[0] + x, j * size[0] + x + w);
    return grey(pixels, size[0]);
  }
  /** 28 × 28 with a filled rectangle. */
  const expected = (x: number, y: number, w: number, h: number) =>
    rectangle([28, 28], [x, y, w, h]).data as Uint8Array;

  it.each<[string, Picture, Uint8Array]>([
    ['a bar keeps its aspect', rectangle([300, 200], [30, 20, 10, 100]), expected(13, 4, 2, 20)],
    ['a dot fills the box', rectangle([9, 9], [1, 7, 1, 1]), expected(4, 4, 20, 20)],
    ['a line stays a pixel wide', rectangle([400, 9], [0, 4, 400, 1]), expected(4, 14, 20, 1)],
    ['dark on light', rectangle([60, 60], [20, 10, 4, 40], [255, 0]), expected(13, 4, 2, 20)],
    ['faint on grey', rectangle([60, 60], [20, 10, 4, 40], [120, 150]), expected(13, 4, 2, 20)],
    ['ink at the edge on two sides', rectangle([50, 50], [0, 0, 4, 40]), expected(13, 4, 2, 20)],
    ['a pixel alone', rectangle([2, 1], [0, 0, 1, 1]), expected(4, 4, 20, 20)],
  ])('%s', (_name, picture, pixels) => {
    expect([...normalizeDigit(picture)]).toEqual([...pixels]);
  });

  it('averages by area: a column that covers half a pixel is half as strong', () => {
    // Ink 30 wide and 20 high: each pixel of the result covers 1.5 columns and 1.5 rows.
    const picture = rectangle([40, 30], [5, 5, 30, 20]);
    for (let y = 5; y < 25; y++) (picture.data as Uint8Array)[y * 40 + 6] = 0;
    const result = normalizeDigit(picture);
    const row = [...result.subarray(14 * 28, 15 * 28)].filter((level) => level > 0);
    expect(row.slice(0, 4)).toEqual([170, 170, 255, 255]);
    expect(row).toHaveLength(20);
  });

  const pixelsOf = (channels: 2 | 4, colour: number[], shape: (i: number) => number): Picture => ({
    width: 50,
    height: 60,
    channels,
    data: Uint8Array.from({ length: 3000 * channels }, (_, i) =>
      i % channels === channels - 1 ? shape(Math.floor(i / channels)) : colour[i % channels]!,
    ),
  });
  const bar = (i: number) => (i % 50 >= 20 && i % 50 < 24 && i >= 500 && i < 2500 ? 255 : 0);

  it.each<[string, Picture]>([
    ['black', pixelsOf(4, [0, 0, 0], bar)],
    ['white', pixelsOf(4, [255, 255, 255], bar)],
    ['blue', pixelsOf(4, [20, 40, 250], bar)],
    ['grey', pixelsOf(2, [90], bar)],
    ['faint', pixelsOf(2, [0], (i) => bar(i) / 4)],
  ])('%s ink on a transparent ground', (_name, picture) => {
    expect(normalizeDigit(picture)).toEqual(expected(13, 4, 2, 20));
  });

  it('a dark digit on a white card with transparent corners', () => {
    const card = pixelsOf(4, [255, 255, 255], (i) => (i % 50 > 2 && i % 50 < 47 ? 255 : 0));
    for (let i = 0; i < 3000; i++) if (bar(i) > 0) (card.data as Uint8Array).fill(10, i * 4, i * 4 + 3);
    const { width, height } = measure(normalizeDigit(card));
    expect([width, height]).toEqual([2, 20]);
  });
});

describe('what is no picture of ink is refused', () => {
  it.each([0, 128, 255])('all pixels %i', (level) => {
    const picture = grey(new Uint8Array(100).fill(level), 10);
    expect(() => normalizeDigit(picture)).toThrow(
      new DatasetError(
        `image: got grey levels from ${level} to ${level}, expected ink that differs by 24 of 255 at least`,
      ),
    );
  });

  it('all transparent', () => {
    const data = new Uint8Array(400);
    expect(() => normalizeDigit({ width: 10, height: 10, channels: 4, data })).toThrow(DatasetError);
  });

  it.each<[Picture, string]>([
    [grey(new Uint8Array(0), 0), 'image: got 0 × NaN pixels, expected whole numbers from 1'],
    [
      { width: 10, height: 10, channels: 4, data: new Uint8Array(399) },
      'image: got 399 bytes, expected 10 × 10 × 4',
    ],
  ])('%#', (picture, message) => {
    expect(() => normalizeDigit(picture)).toThrow(new RangeError(message));
  });
});
