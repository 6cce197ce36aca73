import { expect, it } from 'vitest';
import { openIdx, readIdxPair } from '../../../core/ingest/idx-stream.ts';
import { collect } from './chunking.ts';

const IMAGES = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6);
const LABELS = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9);

async function read(
  images: Uint8Array,
  labels: Uint8Array,
  expected: { inputShape?: number[]; classes?: number } = {},
) {
  const pair = { images: await openIdx([images], 'i'), labels: await openIdx([labels], 'l'), what: 'train' };
  return collect(readIdxPair({ ...pair, ...expected }, 2));
}

it('readIdxPair gives blocks of both', async () => {
  const blocks = await read(IMAGES, LABELS, { inputShape: [2], classes: 10 });
  expect(blocks).toEqual([
    { rows: 2, columns: 2, x: Uint8Array.of(1, 2, 3, 4), y: Uint8Array.of(7, 8) },
    { rows: 1, columns: 2, x: Uint8Array.of(5, 6), y: Uint8Array.of(9) },
  ]);
  expect(await read(IMAGES, LABELS)).toEqual(blocks);
});

it('readIdxPair refuses files that do not go together, and labels that are no class', async () => {
  await expect(read(IMAGES, LABELS, { inputShape: [3] })).rejects.toThrow(
    'train: images are 3×2, labels 3, expected 3×3 and as many labels',
  );
  await expect(read(IMAGES, IMAGES)).rejects.toThrow('train: images are 3×2, labels 3×2');
  await expect(read(LABELS, LABELS)).rejects.toThrow('train: images are 3, labels 3');
  const fewer = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 8);
  await expect(read(IMAGES, fewer)).rejects.toThrow('train: images are 3×2, labels 2');
  await expect(read(IMAGES, LABELS, { classes: 9 })).rejects.toThrow(
    'train label 2: got 9, expected a class below 9',
  );
  await expect(read(IMAGES, Uint8Array.of(...LABELS, 1))).rejects.toThrow('l: more than 3 elements');
  await expect(read(IMAGES.subarray(0, 17), LABELS)).rejects.toThrow('i: 5 elements');
  const none = [Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 2), Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 0)];
  await expect(read(none[0]!, none[1]!)).rejects.toThrow('train: no images');
});
