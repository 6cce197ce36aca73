import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { PAGE } from '../../../../functions/predict/page/bundle.ts';
import { BUNDLE_FILE, buildPage } from '../../../../scripts/build/page.ts';

it('is what its sources are bundled to, byte for byte; else run `npm run build-page`', async () => {
  const [built, committed] = [await buildPage(), await readFile(BUNDLE_FILE, 'utf8')];
  expect(built === committed).toBe(true);
});

it('is less than 120 KB in all, and asks nobody else for anything', () => {
  expect(Buffer.byteLength(PAGE)).toBeLessThan(120_000);
  expect(PAGE).not.toMatch(/<(link|script|img|iframe)[^>]*(src|href)="(?!data:,")/);
  expect(PAGE.match(/https?:[^"'` ]*/g)?.filter((url) => url !== 'http://www.w3.org/2000/svg')).toEqual([]);
  expect(PAGE).not.toContain('@import');
});
