/** Several mirrors into the bucket: order, retries, skipping, and nothing visible after a failure. */

import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { downloadFile } from '../../../functions/download/download-file.ts';
import { DownloadError } from '../../../functions/download/mirrors.ts';
import type { DatasetMirror, MirrorAccess } from '../../../functions/schemas/mirrors.ts';
import { ConflictError, StorageUnavailableError } from '../../../functions/store/errors.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { s3Error, s3WithContent } from '../support/fake-s3.ts';
import { failing, serving, startServer, type TestServer } from '../support/http-server.ts';
import { TINY_CATALOGUE, TINY_FILES } from '../support/tiny-dataset.ts';

const NAME = 'train-images';
const FILE = TINY_FILES[NAME]!;
const KEY = KEYS.source('tiny', NAME);
const good = serving(gzipSync(FILE));
const store = createS3Store('bucket');
const s3 = s3WithContent();
let servers: TestServer[] = [];

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

interface Options {
  remainingMs?: () => number;
  file?: string;
  access?: MirrorAccess;
  mirrors?: DatasetMirror[];
}

/** Downloads from one server per listener, in that order. */
async function download(listeners: RequestListener[], options: Options = {}) {
  servers = await Promise.all(listeners.map((listener) => startServer(listener)));
  return downloadFile({
    store,
    dataset: 'tiny',
    file: NAME,
    mirrors: servers.map(({ url }) => ({ dataset: undefined, url })),
    access: 'any',
    remainingMs: () => 600_000,
    catalogue: TINY_CATALOGUE,
    backoffMs: 1,
    ...options,
  });
}
const requests = () => servers.map((server) => server.requests.length);
const expectNothingStored = () => expect(s3.objects.size + s3.uploads.length).toBe(0);

/** Answers with the listeners in turn. */
function inTurn(...listeners: RequestListener[]): RequestListener {
  let next = 0;
  return (request, response) => listeners[next++]!(request, response);
}

describe('downloadFile', () => {
  it('stores the uncompressed file under its key', async () => {
    const { bytes, downloaded } = await download([good]);
    expect({ bytes, downloaded }).toEqual({ bytes: FILE.length, downloaded: true });
    expect(FILE.equals(s3.objects.get(KEY)!.body)).toBe(true);
    expect(servers[0]!.requests).toEqual([`/${NAME}.gz`]);
  });

  it('asks nobody when the file is there', async () => {
    await store.createImmutable(KEY, FILE);
    expect(await download([good])).toMatchObject({ key: KEY, downloaded: false });
    expect(requests()).toEqual([0]);
  });

  it('names what is in its place, and what to do', async () => {
    await store.createImmutable(KEY, FILE.subarray(1));
    const downloading = download([good]);
    await expect(downloading).rejects.toThrow(ConflictError);
    await expect(downloading).rejects.toThrow(/train-images has 285 bytes, expected 286; delete it/);
  });

  it('is content when somebody else was faster', async () => {
    s3.once(PutObjectCommand, (input, perform) => {
      s3.objects.set(input.Key, { body: Buffer.from(FILE).fill(1) });
      return perform();
    });
    expect(await download([good])).toMatchObject({ downloaded: false });
  });

  it('asks the mirrors in order, and only as many as it needs', async () => {
    await download([failing(404), good, good]);
    expect(requests()).toEqual([1, 1, 0]);
  });

  it('asks the mirrors of other datasets for nothing', async () => {
    const others = await startServer(good);
    try {
      const url = (name: string) => `http://127.0.0.1:1/${name}/`;
      const mirrors = [
        { dataset: 'letters', url: others.url },
        { dataset: 'tiny', url: url('own') },
        { dataset: undefined, url: url('all') },
      ];
      const one =
        /^http:\/\/127.0.0.1:1\/own\/train-images.gz: [^;]*; http:\/\/127.0.0.1:1\/all\/train-images.gz: [^;]*$/;
      await expect(download([], { mirrors })).rejects.toThrow(one);
      // Where none has it, it is the catalogue's.
      const theirs = /^http:\/\/127.0.0.1:9\/train-images.gz: /;
      await expect(download([], { mirrors: mirrors.slice(0, 1) })).rejects.toThrow(theirs);
      expect(others.requests).toEqual([]);
    } finally {
      await others.close();
    }
  });

  it('comes back to a mirror after trouble that may pass', async () => {
    const stopped: RequestListener = (request) => request.socket.destroy();
    await download([inTurn(failing(500), stopped, good)]);
    expect(requests()).toEqual([3]);
    expect(FILE.equals(s3.objects.get(KEY)!.body)).toBe(true);
  });

  it('does not come back to a mirror that has something else', async () => {
    await download([serving(gzipSync(FILE.map((byte) => byte ^ 1))), inTurn(failing(503), good)]);
    expect(requests()).toEqual([1, 2]);
  });

  it('gives up with the last reason of each mirror, and nothing in the bucket', async () => {
    const wrong = Buffer.from(FILE);
    wrong[100]! ^= 1;
    const downloading = download([
      failing(404),
      inTurn(failing(500), failing(502), failing(503)),
      serving(wrong),
    ]);
    await expect(downloading).rejects.toThrow(DownloadError);
    const [a, b, c] = servers.map(({ url }) => `${url}${NAME}.gz`);
    await expect(downloading).rejects.toThrow(
      new RegExp(
        `^${a}: status 404; ${b}: status 503; ${c}: SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}\\. Other mirrors, .* DatasetMirrors and MirrorAccess, which npm start takes as --dataset-mirrors and --mirror-access$`,
      ),
    );
    expect(requests()).toEqual([1, 3, 1]);
    expectNothingStored();
  });

  it('begins nothing that the time left would not suffice for', async () => {
    await expect(download([good], { remainingMs: () => 4_000 })).rejects.toThrow(
      /train-images.gz: not tried; no time is left/,
    );
    expect(requests()).toEqual([0]);
  });

  it('gives up a mirror in time to report it', async () => {
    const left = [10_000, 3_050];
    const downloading = download([() => {}], { remainingMs: () => left.shift() ?? 0 });
    await expect(downloading).rejects.toThrow(/not complete after 50 ms; no time is left for another try/);
  });

  it('does not blame the mirrors for trouble of the storage', async () => {
    s3.fail(s3Error(503, 'SlowDown'), PutObjectCommand);
    await expect(download([good, good])).rejects.toThrow(StorageUnavailableError);
    expect(requests()).toEqual([1, 0]);
  });

  it('asks no mirror that the access forbids, and only once says so', async () => {
    await expect(download([good, good], { access: 'public' })).rejects.toThrow(
      /^http:.*: scheme http, expected https; http:.*: scheme http, expected https\. Other mirrors/,
    );
    expect(requests()).toEqual([0, 0]);
    expectNothingStored();
  });

  it('names the files that there are when asked for another', async () => {
    await expect(download([good], { file: 'x' })).rejects.toThrow(
      'file: got "x", expected one of train-images, train-labels, test-images, test-labels',
    );
  });
});
