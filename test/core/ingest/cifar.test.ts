import { expect, it } from 'vitest';
import { DatasetError } from '../../../core/errors.ts';
import { readCifar } from '../../../core/ingest/cifar.ts';
import { collect, cut, reusing } from './chunking.ts';

const LAYOUT = { pixels: 2, classes: 3 };
/** Records r: label r mod 3, then bytes 10r … 10r + 5. */
const records = (count: number) =>
  Uint8Array.from({ length: 7 * count }, (_, at) =>
    at % 7 === 0 ? Math.floor(at / 7) % 3 : 10 * Math.floor(at / 7) + (at % 7) - 1,
  );
const read = (bytes: Uint8Array, sizes: number[] = []) =>
  collect(readCifar(reusing(cut(bytes, sizes)), LAYOUT, 2, 'a.bin'));

it('cuts records into blocks of rows, whatever pieces they come in', async () => {
  const blocks = await read(records(5));
  expect(blocks.map(({ rows, y }) => [rows, ...y])).toEqual([
    [2, 0, 1],
    [2, 2, 0],
    [1, 1],
  ]);
  expect([...blocks[1]!.x]).toEqual([20, 22, 24, 21, 23, 25, 30, 32, 34, 31, 33, 35]);
  for (const size of [1, 3, 7, 8]) expect(await read(records(5), [size])).toEqual(blocks);
});

it('refuses a label that is no class, a record cut off, and no records', async () => {
  const wrong = records(5);
  wrong[21] = 3;
  await expect(read(wrong)).rejects.toThrow(
    new DatasetError('a.bin label 3: got 3, expected a class below 3'),
  );
  await expect(read(records(5).subarray(0, 33))).rejects.toThrow('a.bin: 33 bytes, expected a multiple of 7');
  await expect(read(new Uint8Array(0))).rejects.toThrow('a.bin: no records');
});
