/** Several mirrors into the bucket: order, retries, skipping, and nothing visible after a failure. */

import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { downloadFile } from '../../../functions/download-dataset/download-file.ts';
import type { MirrorAccess } from '../../../functions/download-dataset/fetch-policy.ts';
import { DownloadError, parseMirrors } from '../../../functions/download-dataset/mirrors.ts';
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
}

/** Downloads from one server per listener, in that order. */
async function download(listeners: RequestListener[], options: Options = {}) {
  servers = await Promise.all(listeners.map((listener) => startServer(listener)));
  return downloadFile({
    store,
    dataset: 'tiny',
    file: NAME,
    mirrors: servers.map(({ url }) => url),
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
      new RegExp(`^${a}: status 404; ${b}: status 503; ${c}: SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}$`),
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
      /^http:.*: scheme http, expected https; http:.*: scheme http, expected https$/,
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

describe('parseMirrors', () => {
  it.each([
    ['', []],
    [' , ', []],
    ['http://a', ['http://a/']],
    ['https://a/b/, http://127.0.0.1:80/c', ['https://a/b/', 'http://127.0.0.1:80/c/']],
  ])('%j', (text, mirrors) => {
    expect(parseMirrors(text, 'any')).toEqual(mirrors);
  });

  it.each(['ftp://a/', 'file:///etc/', 'blob:x', 'a.org/mnist/', 'http://'])('refuses %s', (text) => {
    expect(() => parseMirrors(`http://a/,${text}`, 'any')).toThrow(ConfigError);
    expect(() => parseMirrors(text, 'any')).toThrow(`DATASET_MIRRORS: got "${text}", expected http(s) URLs`);
    expect(() => parseMirrors(text, 'public')).toThrow(`DATASET_MIRRORS: got "${text}", expected https URLs`);
  });

  it('refuses a password without showing it', () => {
    for (const url of [
      'http://me:secret@a/',
      'ftp://me:secret@a/',
      '//secret@',
      // What a URL's parser makes of these is the first one.
      'https:me:secret@a/',
      'https:/me:secret@a/',
      'https:\\\\me:secret@a/',
      'https://a/?key=secret',
      'https://a/#secret',
    ]) {
      expect(() => parseMirrors(url, 'public')).toThrow(/^(?!.*secret).*with a user name/);
    }
  });

  it('takes http only when access is any', () => {
    expect(parseMirrors('https://a:8443/b', 'public')).toEqual(['https://a:8443/b/']);
    expect(() => parseMirrors('https://a/,http://b/', 'public')).toThrow(
      'DATASET_MIRRORS: got "http://b/", expected https URLs unless MirrorAccess is any',
    );
  });
});
