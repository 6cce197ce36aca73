import { describe, expect, it } from 'vitest';
import { DatasetError } from '../../../core/errors.ts';
import { parseIdx } from '../../../core/ingest/idx.ts';
import { openIdx, readIdxPair } from '../../../core/ingest/idx-stream.ts';
import { collect, cut, reusing } from './chunking.ts';

/** A file of bytes in `shape`. */
const idx = (shape: number[], ...elements: number[]): Uint8Array =>
  Uint8Array.of(0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, 0, size]), ...elements);
/** Both are read in blocks of two rows. */
async function open(bytes: Uint8Array, sizes: number[] = []) {
  const { shape, blocks } = await openIdx(reusing(cut(bytes, sizes)), 'a.idx');
  return { shape, blocks: (await collect(blocks(2))).map((block) => [...block]) };
}

it('is read at an offset within a larger buffer, too', () => {
  const bytes = Uint8Array.of(9, 9, ...idx([2, 3], 1, 2, 3, 4, 5, 6)).subarray(2);
  expect(parseIdx(bytes)).toEqual({ shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
});

it('is read in blocks of rows, whatever pieces they come in', async () => {
  const images = idx([3, 2, 2], ...Array(12).keys());
  for (const size of [1, 5, 16, 100]) {
    const [first, second] = [[...Array(8).keys()], [8, 9, 10, 11]];
    expect(await open(images, [size])).toEqual({ shape: [3, 2, 2], blocks: [first, second] });
  }
  expect((await open(idx([3], 7, 8, 9))).blocks).toEqual([[7, 8], [9]]);
});

it.each<[string, number[], RegExp]>([
  ['nothing', [], /0 bytes/],
  ['a wrong magic number', [1, 0, 8, 1, 0, 0, 0, 0], /two zero bytes, as IDX$/],
  ['a web page', [...Buffer.from('<html>')], /two zero bytes, as IDX: it is a web page$/],
  ['floats', [0, 0, 0x0d, 1, 0, 0, 0, 0], /type 0xd/],
  ['no dimensions', [0, 0, 8, 0], /0 dimensions/],
  ['255 dimensions', [0, 0, 8, 255, 0, 0, 0, 0], /255 dimensions/],
  ['a cut header', [0, 0, 8, 2, 0, 0, 0, 1], /8 bytes, its header alone takes 12/],
  ['cut data', [0, 0, 8, 1, 0, 0, 0, 2, 1], /1 elements for the shape \[2\]/],
])('of %s is refused, in the same words as a stream', async (_, numbers, message) => {
  const bytes = Uint8Array.from(numbers);
  let refusal: unknown;
  try {
    parseIdx(bytes, 'a.idx');
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(DatasetError);
  expect((refusal as Error).message).toMatch(/^a\.idx: /);
  expect((refusal as Error).message).toMatch(message);
  await expect(open(bytes)).rejects.toThrow((refusal as Error).message);
});

it('of more than the shape has, or of an absurd shape, is refused before anything is set aside', async () => {
  const most = [255, 255, 255, 255];
  expect(() => parseIdx(idx([1], 1, 2))).toThrow(/2 elements for the shape \[1\]/);
  await expect(open(idx([1], 1, 2))).rejects.toThrow(
    'a.idx: more than 1 elements for the shape [1], expected 1',
  );
  expect(() => parseIdx(Uint8Array.of(0, 0, 8, 2, ...most, ...most, 1))).toThrow(
    /expected 18446744065119617000/,
  );
  for (const [shape, columns] of [
    [[0, 0, 0, 1, ...most], 4294967295],
    [[...most, 0, 0, 0, 0], 0],
  ] as const) {
    await expect(open(Uint8Array.of(0, 0, 8, 2, ...shape))).rejects.toThrow(
      `${columns} elements a row, expected 1 to 1000000`,
    );
  }
});

describe('a pair of files', () => {
  const IMAGES = idx([3, 2], 1, 2, 3, 4, 5, 6);
  const LABELS = idx([3], 7, 8, 9);
  async function read(
    images: Uint8Array,
    labels: Uint8Array,
    expected: { inputShape?: number[]; classes?: number } = {},
  ) {
    const pair = {
      images: await openIdx([images], 'i'),
      labels: await openIdx([labels], 'l'),
      what: 'train',
    };
    return collect(readIdxPair({ ...pair, ...expected }, 2));
  }

  it('gives blocks of both', async () => {
    const blocks = await read(IMAGES, LABELS, { inputShape: [2], classes: 10 });
    expect(blocks).toEqual([
      { rows: 2, columns: 2, x: Uint8Array.of(1, 2, 3, 4), y: Uint8Array.of(7, 8) },
      { rows: 1, columns: 2, x: Uint8Array.of(5, 6), y: Uint8Array.of(9) },
    ]);
    expect(await read(IMAGES, LABELS)).toEqual(blocks);
  });

  it.each<[string, ...Parameters<typeof read>]>([
    ['train: images are 3×2, labels 3, expected 3×3 and as many labels', IMAGES, LABELS, { inputShape: [3] }],
    ['train: images are 3×2, labels 3×2', IMAGES, IMAGES],
    ['train: images are 3, labels 3', LABELS, LABELS],
    ['train: images are 3×2, labels 2', IMAGES, idx([2], 7, 8)],
    ['train label 2: got 9, expected a class below 9', IMAGES, LABELS, { classes: 9 }],
    ['l: more than 3 elements', IMAGES, Uint8Array.of(...LABELS, 1)],
    ['i: 5 elements', IMAGES.subarray(0, 17), LABELS],
    ['train: no images', idx([0, 2]), idx([0])],
  ])('is refused: %s', async (message, ...files) => {
    await expect(read(...files)).rejects.toThrow(message);
  });
});
