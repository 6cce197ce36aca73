import { expect, it } from 'vitest';
import { parseIdx } from '../../../core/ingest/idx.ts';
import { openIdx } from '../../../core/ingest/idx-stream.ts';
import { collect, cut, reusing } from './chunking.ts';

const HEADER = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2];
const IMAGES = Uint8Array.of(...HEADER, ...Array(12).keys());
const read = async (bytes: Uint8Array, rows: number, sizes: number[] = []) => {
  const { shape, blocks } = await openIdx(reusing(cut(bytes, sizes)), 'a.idx');
  return { shape, blocks: await collect(blocks(rows)) };
};

it('openIdx gives blocks of rows, whatever pieces they come in', async () => {
  for (const size of [1, 5, 16, 100]) {
    const { shape, blocks } = await read(IMAGES, 2, [size]);
    expect(shape).toEqual([3, 2, 2]);
    expect(blocks.map((block) => [...block])).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7],
      [8, 9, 10, 11],
    ]);
  }
});

it('openIdx reads labels, a number a row', async () => {
  const { blocks } = await read(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9), 2);
  expect(blocks.map((block) => [...block])).toEqual([[7, 8], [9]]);
});

it('openIdx refuses what parseIdx refuses, in the same words', async () => {
  const wrong = [
    [],
    [1, 0, 8, 1, 0, 0, 0, 0],
    [0, 0, 13, 1, 0, 0, 0, 0],
    [0, 0, 8, 0],
    [0, 0, 8, 255],
    [0, 0, 8, 2, 0, 0, 0, 1],
    [0, 0, 8, 1, 0, 0, 0, 2, 1],
  ];
  for (const bytes of wrong.map((numbers) => Uint8Array.from(numbers))) {
    let message = '';
    try {
      parseIdx(bytes, 'a.idx');
    } catch (error) {
      message = (error as Error).message;
    }
    await expect(read(bytes, 10)).rejects.toThrow(message);
  }
});

it('openIdx refuses more than the shape has, and a shape of absurd rows before anything is set aside', async () => {
  await expect(read(Uint8Array.of(...IMAGES, 1), 2)).rejects.toThrow(
    'a.idx: more than 12 elements for the shape [3, 2, 2], expected 12',
  );
  await expect(read(Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 1, 255, 255, 255, 255), 2)).rejects.toThrow(
    /4294967295 elements a row, expected 1 to 1000000/,
  );
  await expect(read(Uint8Array.of(0, 0, 8, 2, 255, 255, 255, 255, 0, 0, 0, 0), 2)).rejects.toThrow(
    /0 elements a row, expected 1 to 1000000/,
  );
});
