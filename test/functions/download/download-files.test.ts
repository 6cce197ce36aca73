/** All files of a dataset: how many at a time, what is kept when one fails or time runs short. */
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { sourceKey } from '../../../functions/dataset/sources.ts';
import { DownloadUnfinishedError, downloadFiles } from '../../../functions/download/download-files.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { s3WithContent } from '../support/fake-s3.ts';

const store = createS3Store('bucket');
const FILES = Array.from({ length: 11 }, (_, index) => {
  const file = `file-${index}`;
  return { dataset: 'own', file, source: { key: `imports/own/${file}` } };
});
/** Uploaded before, so that nothing has to be asked for elsewhere. */
const s3 = s3WithContent(async () => {
  for (const { file, source } of FILES) {
    await store.createImmutable(source.key, new TextEncoder().encode(`content of ${file}`));
  }
});
const keyOf = ({ dataset, file, source }: (typeof FILES)[number]) => sourceKey(dataset, file, source);
const there = () => FILES.filter((one) => s3.objects.has(keyOf(one))).map(({ file }) => file);

const download = (remainingMs = () => 900_000) =>
  downloadFiles({ store, files: FILES, mirrors: [], access: 'public', remainingMs });

it('brings all of them, four at a time, and answers in their order', async () => {
  let [atOnce, most] = [0, 0];
  s3.always(HeadObjectCommand, async (_input, perform) => {
    most = Math.max(most, ++atOnce);
    await new Promise((resolve) => setTimeout(resolve, 1));
    atOnce--;
    return perform();
  });
  const { files } = await download();
  expect(files.map(({ key, downloaded }) => [key, downloaded])).toEqual(
    FILES.map((one) => [keyOf(one), true]),
  );
  expect(there()).toHaveLength(FILES.length);
  expect(most).toBe(4);
  expect((await download()).files.every(({ downloaded }) => !downloaded)).toBe(true);
});

it('begins no other file with less than ten minutes, and leaves the rest to another attempt', async () => {
  // Time for the first four in any case, and for as many more as are begun before it is short.
  let asked = 0;
  const shortAfter = (times: number) => () => (asked++ < times ? 600_000 : 599_999);
  const attempt = download(shortAfter(0));
  await expect(attempt).rejects.toThrow(DownloadUnfinishedError);
  await expect(attempt).rejects.toThrow(/^4 of 11 files are there, and the time of this invocation is over/);
  expect(there()).toHaveLength(4);
  asked = 0;
  await expect(download(shortAfter(5))).rejects.toThrow(/^9 of 11 files are there/);
  expect(there()).toHaveLength(9);
  const { files } = await download();
  expect(files.filter(({ downloaded }) => downloaded)).toHaveLength(2);
});

it('fails as the first file that does, begins no other, and keeps those that are there', async () => {
  s3.objects.delete(FILES[5]!.source.key);
  await expect(download()).rejects.toThrow('imports/own/file-5 is not there');
  const kept = there();
  expect(kept).toEqual(expect.arrayContaining(['file-0', 'file-1', 'file-2', 'file-3', 'file-4']));
  expect(kept).not.toContain('file-10');
});
