/** Files are downloaded and cut into shards in one go: what is there already, what stays in memory, what runs short of time. */
import { gzipSync } from 'node:zlib';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idxHeader } from '../../../core/ingest/idx.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { DownloadUnfinishedError } from '../../../functions/download/download-files.ts';
import { prepareDataset } from '../../../functions/shard-dataset/prepare-dataset.ts';
import { shardDataset } from '../../../functions/shard-dataset/shard-dataset.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import { startServer, type TestServer } from '../support/http-server.ts';
import { TINY_CATALOGUE, TINY_FILES } from '../support/tiny-dataset.ts';
import { shardingStand } from './stand.ts';

const { store, s3, putFiles } = shardingStand();

const digits = (rows: number, first: number) =>
  Buffer.concat([idxHeader([rows, 2, 3]), Uint8Array.from({ length: 6 * rows }, (_, at) => first + at)]);
const labels = (rows: number) =>
  Buffer.concat([idxHeader([rows]), Uint8Array.from({ length: rows }, (_, row) => row % 3)]);
const CONTENT = {
  'train-images': digits(7, 1),
  'train-labels': labels(7),
  'test-images': digits(4, 90),
  'test-labels': labels(4),
};
type File = keyof typeof CONTENT;
const imported = (file: File) => `imports/own/${file}`;
const declared = (file: File) => ({ key: imported(file), sha256: sha256(CONTENT[file]) });
const OWN = {
  name: 'own',
  format: 'idx',
  files: {
    train: { images: declared('train-images'), labels: declared('train-labels') },
    test: { images: declared('test-images'), labels: declared('test-labels') },
  },
} as const;
const FILES = (Object.keys(CONTENT) as File[]).map((file) => ({
  dataset: 'own',
  file,
  source: declared(file),
}));
const MANIFEST = KEYS.manifest('own');

async function upload(): Promise<void> {
  for (const file of Object.keys(CONTENT) as File[])
    await store.createImmutable(imported(file), CONTENT[file]);
}

const prepare = (remainingMs = () => 900_000) =>
  prepareDataset({ store, dataset: OWN, files: FILES, mirrors: [], access: 'public', remainingMs });

/** Keys that are read from now on. */
function reads(): string[] {
  const keys: string[] = [];
  s3.always(GetObjectCommand, ({ Key }, perform) => {
    keys.push(Key!);
    return perform();
  });
  return keys;
}

it('gives the dataset that downloading and sharding give one after the other', async () => {
  await upload();
  const answer = await prepare();
  const objects = new Map([...s3.objects].map(([key, { body }]) => [key, sha256(body)]));
  for (const key of objects.keys()) if (!key.startsWith('imports/')) await store.delete(key);
  await putFiles(OWN, CONTENT);
  expect(await shardDataset({ store, dataset: OWN })).toEqual(answer);
  expect(new Map([...s3.objects].map(([key, { body }]) => [key, sha256(body)]))).toEqual(objects);
});

it('takes a dataset that is there as it is, and asks for none of its files', async () => {
  await upload();
  const answer = await prepare();
  for (const key of [...s3.objects.keys()]) if (/imports|source/.test(key)) await store.delete(key);
  const keys = reads();
  expect(await prepare(() => 0)).toEqual(answer);
  expect(keys).toEqual([MANIFEST]);
});

it('leaves the sharding to another attempt where the download has left less than ten minutes', async () => {
  await upload();
  const attempt = prepare(() => 599_999);
  await expect(attempt).rejects.toThrow(DownloadUnfinishedError);
  await expect(attempt).rejects.toThrow(/^all 4 files are there, and the time/);
  expect(s3.objects.has(MANIFEST)).toBe(false);
  // That one downloads nothing, and takes the time that it has.
  await prepare(() => 599_999);
  expect(s3.objects.has(MANIFEST)).toBe(true);
});

describe('files of a known size', () => {
  const NAMES = Object.keys(TINY_FILES);
  let broken = 0;
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer((request, response) => {
      const file = gzipSync(TINY_FILES[request.url!.slice(1, -'.gz'.length)]!);
      // One that breaks off in its middle, so that another try begins again.
      const isBroken = request.url === '/train-images.gz' && broken-- > 0;
      response.end(isBroken ? file.subarray(0, file.length - 9) : file);
    });
  });
  afterAll(() => server.close());

  const files = NAMES.map((file) => ({ dataset: 'tiny', file }));
  const prepareTiny = () =>
    prepareDataset({
      store,
      dataset: 'tiny',
      files,
      mirrors: [{ dataset: undefined, url: server.url }],
      access: 'any',
      remainingMs: () => 900_000,
      catalogue: TINY_CATALOGUE,
      backoffMs: 1,
    });

  it('become shards out of memory, also after a try that failed, and are in the bucket as well', async () => {
    broken = 1;
    const keys = reads();
    const answer = await prepareTiny();
    expect(keys).toEqual([KEYS.manifest('tiny')]);
    for (const name of NAMES) {
      expect(TINY_FILES[name]!.equals(s3.objects.get(KEYS.source('tiny', name))!.body)).toBe(true);
    }
    // What is made of the bucket's own is the same.
    await store.delete(KEYS.manifest('tiny'));
    expect(await shardDataset({ store, dataset: 'tiny', catalogue: TINY_CATALOGUE })).toEqual(answer);
  });

  it('that are there already are read from the bucket, and the others are not', async () => {
    const [there, ...others] = NAMES as [string, ...string[]];
    await store.createImmutable(KEYS.source('tiny', there), TINY_FILES[there]!);
    const keys = reads();
    await prepareTiny();
    expect(keys).toContain(KEYS.source('tiny', there));
    for (const other of others) expect(keys).not.toContain(KEYS.source('tiny', other));
  });
});
