/** Pictures that threads read are those that one reads after the other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readPicture } from '../../../scripts/client/read-picture.ts';
import { readPictures } from '../../../scripts/client/read-pictures.ts';
import { drawShape, pngOf, SHAPES } from '../../../scripts/lab/generate/shape-pictures.ts';

const folder = mkdtempSync(join(tmpdir(), 'stepnet-read-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As so many bytes are never read in place. */
const MANY = 2 ** 40;
const jobs = Array.from({ length: 40 }, (_, row) => {
  const path = join(folder, `${row}.png`);
  const file = pngOf(drawShape(SHAPES[row % 3]!, row, 1));
  writeFileSync(path, row % 7 === 5 ? file.subarray(0, 50) : file);
  return { path, form: { width: 9, height: 7, fit: 'crop' }, channels: [1, 3] } as const;
});
async function all(of: Parameters<typeof readPictures>[0], bytes: number) {
  const results: unknown[] = [];
  for await (const result of readPictures(of, bytes)) results.push(result);
  return results;
}

it('in their order, with what is wrong with them', async () => {
  const expected = jobs.map(readPicture);
  expect(await all(jobs, MANY)).toEqual(expected);
  expect(await all(jobs, 1)).toEqual(expected);
  expect(expected[5]).toEqual({ problem: expect.stringContaining('expected a PNG file') });
});

it('and a file that is gone ends them all', async () => {
  const gone = jobs.toSpliced(20, 0, { ...jobs[0]!, path: join(folder, 'gone.png') });
  await expect(all(gone, MANY)).rejects.toThrow('ENOENT');
});
