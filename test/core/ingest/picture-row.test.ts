/** Pictures as rows of a network's inputs. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Picture } from '../../../core/ingest/picture.ts';
import { FITS, type PictureForm, pictureRow } from '../../../core/ingest/picture-row.ts';

const grey = (width: number, height: number, levels: readonly number[]): Picture => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from(levels),
});
const form = (width: number, height: number, more: Partial<PictureForm> = {}): PictureForm => ({
  width,
  height,
  channels: 1,
  fit: 'stretch',
  ...more,
});
const counting = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 37) % 256);

it('a picture that has the form stays byte for byte', () => {
  const data = counting(5 * 3 * 3);
  expect(pictureRow({ width: 5, height: 3, channels: 3, data }, form(5, 3, { channels: 3 }))).toEqual(data);
  const levels = counting(5 * 3);
  expect(pictureRow(grey(5, 3, [...levels]), form(5, 3))).toEqual(levels);
  // Grey that is stored as colours is the same grey.
  const rgb = Uint8Array.from({ length: 45 }, (_, i) => levels[Math.floor(i / 3)]!);
  expect(pictureRow({ width: 5, height: 3, channels: 3, data: rgb }, form(5, 3))).toEqual(levels);
  expect(pictureRow(grey(5, 3, [...levels]), form(5, 3, { channels: 3 }))).toEqual(rgb);
});

it('each byte is the mean over its area', () => {
  expect([...pictureRow(grey(4, 2, [0, 10, 20, 31, 4, 6, 100, 200]), form(2, 1))]).toEqual([5, 88]);
  // The middle pixel is half in either.
  expect([...pictureRow(grey(3, 1, [0, 90, 240]), form(2, 1))]).toEqual([30, 190]);
  expect([...pictureRow(grey(1, 2, [7, 9]), form(3, 2))]).toEqual([7, 7, 7, 9, 9, 9]);
});

it('of another aspect the middle is taken, or all of it', () => {
  const wide = grey(6, 2, [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16]);
  expect([...pictureRow(wide, form(2, 2, { fit: 'crop' }))]).toEqual([3, 4, 13, 14]);
  expect([...pictureRow(wide, form(2, 2))]).toEqual([2, 5, 12, 15]);
  const high = grey(2, 5, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect([...pictureRow(high, form(2, 1, { fit: 'crop' }))]).toEqual([5, 6]);
  expect([...pictureRow(high, form(1, 5, { fit: 'crop' }))]).toEqual([1, 3, 5, 7, 9]);
});

it('what is transparent is white, and colours become grey by their luma', () => {
  const rgba = Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 10, 20, 30, 0);
  const picture: Picture = { width: 4, height: 1, channels: 4, data: rgba };
  expect([...pictureRow(picture, form(4, 1))]).toEqual([76, 150, 29, 255]);
  const faint: Picture = { width: 2, height: 1, channels: 2, data: Uint8Array.of(0, 51, 100, 255) };
  expect([...pictureRow(faint, form(2, 1, { channels: 3 }))]).toEqual([204, 204, 204, 100, 100, 100]);
});

it('is exact whatever the sizes, the channels and the fit', () => {
  const size = fc.integer({ min: 1, max: 9 });
  const picture = fc
    .record({
      width: size,
      height: size,
      channels: fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const),
    })
    .chain(({ width, height, channels }) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        channels: fc.constant(channels),
        data: fc.uint8Array({ minLength: width * height * channels, maxLength: width * height * channels }),
      }),
    );
  const forms = fc.record({
    width: size,
    height: size,
    channels: fc.constantFrom(1 as const, 3 as const),
    fit: fc.constantFrom(...FITS),
  });
  fc.assert(
    fc.property(picture, forms, (from, to) => {
      expect([...pictureRow(from, to)]).toEqual(rational(from, to));
    }),
  );
});

it('data that is not of the picture is refused', () => {
  expect(() => pictureRow(grey(2, 2, [1, 2, 3]), form(1, 1))).toThrow(
    new RangeError('image: got 3 bytes, expected 2 × 2 × 1'),
  );
});

/** The same in ratios of whole numbers, place by place. */
function rational(picture: Picture, { width, height, channels, fit }: PictureForm): number[] {
  const isCrop = fit === 'crop';
  const w = isCrop
    ? Math.min(picture.width, Math.max(1, Math.round((picture.height * width) / height)))
    : picture.width;
  const h = isCrop
    ? Math.min(picture.height, Math.max(1, Math.round((picture.width * height) / width)))
    : picture.height;
  const left = Math.floor((picture.width - w) / 2);
  const top = Math.floor((picture.height - h) / 2);
  const overlap = (pixel: number, place: number, from: number, to: number) =>
    Math.max(0, Math.min((pixel + 1) * to, (place + 1) * from) - Math.max(pixel * to, place * from));
  const level = (x: number, y: number, c: number): bigint => {
    const at = (y * picture.width + x) * picture.channels;
    const value = BigInt(picture.data[at + (picture.channels > 2 ? c : 0)]!);
    if (picture.channels % 2 === 1) return value * 255n;
    const alpha = BigInt(picture.data[at + picture.channels - 1]!);
    return value * alpha + 255n * (255n - alpha);
  };
  const row: number[] = [];
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0n;
        for (let y = 0; y < h; y++) {
          for (let x = 0; x < w; x++) {
            const share = BigInt(overlap(x, i, w, width) * overlap(y, j, h, height));
            const at = (k: number) => level(left + x, top + y, k);
            sum += share * (channels === 3 ? 1000n * at(c) : 299n * at(0) + 587n * at(1) + 114n * at(2));
          }
        }
        const area = BigInt(w * h) * 255_000n;
        // Rounded to the nearest, halves upwards.
        row.push(Number((2n * sum + area) / (2n * area)));
      }
    }
  }
  return row;
}
