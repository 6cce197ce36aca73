/** Files that a config declares: by URL or by key, verified as far as anything is known of them. */
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { IntegrityError } from '../../../core/errors.ts';
import { DATASETS } from '../../../core/ingest/catalogue/datasets.ts';
import type { DatasetSpec } from '../../../core/ingest/catalogue/spec.ts';
import { sourceKey } from '../../../functions/dataset/sources.ts';
import { type DownloadRequest, downloadFile } from '../../../functions/download/download-file.ts';
import { DownloadError } from '../../../functions/download/mirrors.ts';
import type { FileSource } from '../../../functions/schemas/payloads.ts';
import { NotFoundError } from '../../../functions/store/errors.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import { s3WithContent } from '../support/fake-s3.ts';
import { serving, startServer, type TestServer } from '../support/http-server.ts';

const CONTENT = Buffer.from('a,b\n1,2\n'.repeat(500));
const ZIPPED = gzipSync(CONTENT);
const UPLOAD = 'imports/mine/train.csv.gz';
const store = createS3Store('bucket');
const s3 = s3WithContent();
let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const download = (source: FileSource | undefined, more: Partial<DownloadRequest> = {}) =>
  downloadFile({
    store,
    dataset: 'houses',
    file: 'train-0000.csv',
    source,
    mirrors: server === undefined ? [] : [{ dataset: undefined, url: server.url }],
    access: 'any',
    remainingMs: () => 600_000,
    backoffMs: 1,
    ...more,
  });
const stored = () => s3.objects.keys().filter((key) => key.startsWith('datasets/'));

describe('a file by key', () => {
  it.each([
    ['gzip', ZIPPED],
    ['plain', CONTENT],
  ])('is stored uncompressed, with its digest in the answer, from %s', async (_, uploaded) => {
    await store.createImmutable(UPLOAD, uploaded);
    const source = { key: UPLOAD };
    const key = sourceKey('houses', 'train-0000.csv', source);
    const expected = { key, bytes: CONTENT.length, sha256: sha256(CONTENT), downloaded: true };
    expect(await download(source)).toEqual(expected);
    expect(CONTENT.equals(s3.objects.get(key)!.body)).toBe(true);
    // Nobody has said what it should be, so that it is not known without reading it.
    expect(await download(source)).toEqual({ ...expected, sha256: null, downloaded: false });
    expect(await download({ ...source, sha256: sha256(CONTENT) })).toMatchObject({ downloaded: true });
  });

  it.each<[string, Buffer, FileSource, RegExp, new (message: string) => Error]>([
    ['cut gzip', ZIPPED.subarray(0, 30), { key: UPLOAD }, /gzip that is broken or cut off/, IntegrityError],
    [
      'another hash',
      ZIPPED,
      { key: UPLOAD, sha256: 'ab'.repeat(32) },
      /train.csv.gz has SHA-256 \w+, expected abab/,
      IntegrityError,
    ],
    [
      'the hash of the compressed file',
      ZIPPED,
      { key: UPLOAD, sha256: sha256(ZIPPED) },
      /SHA-256 \w+, expected \w+. That is the SHA-256 of the file as it is compressed; expected is that of its content/,
      IntegrityError,
    ],
    [
      'nothing there',
      ZIPPED,
      { key: 'imports/other' },
      /^imports\/other is not there\. Files .* --csv FILE uploads a table, --images FOLDER pictures$/,
      NotFoundError,
    ],
  ])('with %s is refused, and nothing is visible', async (_, uploaded, source, message, type) => {
    await store.createImmutable(UPLOAD, uploaded);
    const downloading = download(source);
    await expect(downloading).rejects.toThrow(message);
    await expect(downloading).rejects.toThrow(type);
    expect(stored()).toEqual([]);
  });

  it('of more bytes than may come is refused', async () => {
    await store.createImmutable(UPLOAD, gzipSync(Buffer.alloc(1_000_000)));
    await expect(download({ key: UPLOAD }, { maxBytes: 100_000 })).rejects.toThrow(
      `${UPLOAD}: more than 100000 bytes`,
    );
    expect(stored()).toEqual([]);
  });
});

describe('a file by URL', () => {
  it('is downloaded, and its digest found', async () => {
    server = await startServer(serving(ZIPPED));
    const source = { url: `${server.url}houses.csv` };
    expect(await download(source)).toMatchObject({ sha256: sha256(CONTENT), downloaded: true });
    expect(server.requests).toEqual(['/houses.csv']);
  });

  it('is fetched only from origins that are public, or the operator has named', async () => {
    server = await startServer(serving(ZIPPED));
    const source = { url: `${server.url}houses.csv` };
    await expect(download(source, { mirrors: [] })).rejects.toThrow(/scheme http, expected https/);
    await expect(download(source, { access: 'public' })).rejects.toThrow(/scheme http, expected https/);
    expect(server.requests).toEqual([]);
  });

  it.each<[string, Buffer, object, RegExp]>([
    ['gzip that is cut off', ZIPPED.subarray(0, 30), {}, /unexpected end of file/],
    ['another hash', ZIPPED, { sha256: 'ab'.repeat(32) }, /SHA-256 \w+, expected (ab){32}\. Other mirrors/],
    [
      'the hash of the compressed file',
      ZIPPED,
      { sha256: sha256(ZIPPED) },
      /expected is that of its content/,
    ],
  ])('with %s is refused, and nothing is visible', async (_, served, known, message) => {
    server = await startServer(serving(served));
    const downloading = download({ url: `${server.url}a`, ...known });
    await expect(downloading).rejects.toThrow(DownloadError);
    await expect(downloading).rejects.toThrow(message);
    expect(stored()).toEqual([]);
  });

  it('of more bytes than may come is refused', async () => {
    server = await startServer(serving(gzipSync(Buffer.alloc(1_000_000))));
    await expect(download({ url: `${server.url}a` }, { maxBytes: 100_000 })).rejects.toThrow(
      /more than 1\d+ bytes came/,
    );
    expect(stored()).toEqual([]);
  });
});

describe('a file of which the catalogue knows the bytes as they are served', () => {
  const catalogue = (compressed: { bytes?: number; sha256: string }) =>
    new Map([
      ...DATASETS,
      [
        'houses',
        {
          name: 'houses',
          format: 'csv',
          mirrors: ['https://example.com/'],
          files: [{ name: 'train-0000.csv', split: 'train', compressed }],
          schema: { columns: [{ name: 'a', type: 'numeric' }], target: { columns: ['a'] } },
        } satisfies DatasetSpec,
      ],
    ]);
  const right = catalogue({ bytes: ZIPPED.length, sha256: sha256(ZIPPED) });

  it('is checked against them', async () => {
    server = await startServer(serving(ZIPPED));
    expect(await download(undefined, { catalogue: right })).toMatchObject({ sha256: sha256(CONTENT) });
  });

  it('is checked against them also by a server that takes its gzip for an encoding', async () => {
    server = await startServer((_, response) => {
      response.writeHead(200, { 'content-encoding': 'x-gzip' }).end(ZIPPED);
    });
    expect(await download(undefined, { catalogue: right })).toMatchObject({ sha256: sha256(CONTENT) });
  });

  it('is refused when it is another', async () => {
    server = await startServer(serving(ZIPPED));
    await expect(download(undefined, { catalogue: catalogue({ sha256: 'ab'.repeat(32) }) })).rejects.toThrow(
      /as served, SHA-256 \w+, expected abab/,
    );
    expect(stored()).toEqual([]);
  });
});
