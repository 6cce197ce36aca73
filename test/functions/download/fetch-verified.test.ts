/** One mirror, over real HTTP: what is delivered, and the reason given for what is not. */
import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { FetchPolicy } from '../../../functions/download/fetch-policy.ts';
import { fetchVerified, MirrorError } from '../../../functions/download/fetch-verified.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import { failing, serving, startServer, type TestServer } from '../support/http-server.ts';

const FILE = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, i) => (i * i) >> 7));
const EXPECTED = { bytes: FILE.length, sha256: sha256(FILE) };
const TIMEOUTS = { connect: 10_000, idle: 10_000, total: 20_000 };
let server: TestServer | undefined;

afterEach(() => server?.close());

/** The server itself, and no other, may be on loopback. */
const policy = (url: string): FetchPolicy => ({ access: 'any', configured: [new URL(url).origin] });

async function collect(url: string, timeouts = TIMEOUTS): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of fetchVerified(url, EXPECTED, timeouts, policy(url))) chunks.push(chunk);
  return Buffer.concat(chunks);
}
async function download(listener: RequestListener, timeouts = TIMEOUTS): Promise<Buffer> {
  server = await startServer(listener);
  return collect(`${server.url}file.gz`, timeouts);
}

describe('fetchVerified delivers', () => {
  it.each([
    ['gzipped', gzipSync(FILE)],
    ['uncompressed', FILE],
    ['of two members', Buffer.concat([gzipSync(FILE.subarray(0, 70_000)), gzipSync(FILE.subarray(70_000))])],
  ])('a file %s', async (_name, body) => {
    expect(FILE.equals(await download(serving(body)))).toBe(true);
  });

  it.each([
    ['gzip', gzipSync(FILE)],
    ['br', brotliCompressSync(gzipSync(FILE))],
    ['gzip', gzipSync(gzipSync(FILE))],
    ['x-gzip, br', brotliCompressSync(gzipSync(FILE))],
    ['identity', gzipSync(FILE)],
  ])('a file sent with content-encoding %s all the same', async (encoding, body) => {
    expect(FILE.equals(await download(serving(body, { 'content-encoding': encoding })))).toBe(true);
  });

  it('a file whose first byte comes alone', async () => {
    const gzip = gzipSync(FILE);
    const file = await download((_request, response) => {
      response.write(gzip.subarray(0, 1));
      setTimeout(() => response.end(gzip.subarray(1)), 20);
    });
    expect(FILE.equals(file)).toBe(true);
  });

  it('asking for no compression of the transfer', async () => {
    let asked: string | string[] | undefined;
    await download((request, response) => {
      asked = request.headers['accept-encoding'];
      response.end(FILE);
    });
    expect(asked).toBe('identity');
  });
});

/** Sends `start`, then `piece` for ever. */
const endless =
  (start: Uint8Array, piece: Uint8Array): RequestListener =>
  (_request, response) => {
    const pieces = function* () {
      yield start;
      for (;;) yield piece;
    };
    Readable.from(pieces()).pipe(response);
  };
/** Gzip's header, and a stored block of no bytes: input without end and output of nothing. */
const GZIP_HEADER = gzipSync('').subarray(0, 10);
const EMPTY_BLOCKS = Buffer.alloc(10_000, Buffer.from([0, 0, 0, 0xff, 0xff]));

const dripping: RequestListener = (_request, response) => {
  const timer = setInterval(() => response.write(Buffer.from([0])), 5);
  response.on('close', () => clearInterval(timer));
};
const STALLED = 'nothing came for 30 ms';

describe('fetchVerified refuses', () => {
  const changed = Buffer.from(FILE);
  changed[100_000]! ^= 1;
  const redirectTo =
    (location: string): RequestListener =>
    (_request, response) =>
      response.writeHead(302, { location }).end();

  it.each<[string, RequestListener, RegExp, boolean]>([
    ['a wrong hash', serving(gzipSync(changed)), /^SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}$/, true],
    ['a gzip bomb', serving(gzipSync(Buffer.alloc(50_000_000))), /^more than the expected 200000/, true],
    ['plain bytes without end', endless(FILE, FILE), /^more than the expected 200000 bytes/, true],
    ['endless gzip of nothing', endless(GZIP_HEADER, EMPTY_BLOCKS), /^more than 265536 bytes came/, true],
    ['a truncated gzip', serving(gzipSync(FILE).subarray(0, 5000)), /unexpected end of file/, false],
    ['a truncated file', serving(FILE.subarray(0, 1000)), /^1000 bytes, expected 200000$/, false],
    ['a single byte', serving(FILE.subarray(0, 1)), /^1 bytes, expected 200000$/, false],
    ['nothing', serving(Buffer.alloc(0)), /^0 bytes, expected 200000$/, false],
    ['broken gzip', serving(Buffer.from('1f8b0102030405060708', 'hex')), /unknown compression method/, false],
    ['404', failing(404), /^status 404$/, true],
    ['204', failing(204), /^status 204$/, true],
    ['500', failing(500), /^status 500$/, false],
    ['503', failing(503), /^status 503$/, false],
    ['408', failing(408), /^status 408$/, false],
    ['429', failing(429), /^status 429$/, false],
    ['a closed connection', (request) => request.socket.destroy(), /^socket hang up$/, false],
    [
      'a connection cut in the middle',
      (_request, response) => {
        response.writeHead(200, { 'content-length': FILE.length });
        response.write(FILE.subarray(0, 1000), () => response.destroy());
      },
      /^aborted$/,
      false,
    ],
    [
      'a content-encoding that every object has a field of',
      serving(FILE, { 'content-encoding': '__proto__' }),
      /^content-encoding __proto__, expected gzip, br or none$/,
      false,
    ],
    [
      'a thousand content-encodings',
      serving(FILE, { 'content-encoding': 'gzip,'.repeat(1000) }),
      /^content-encoding: got 1000 of them, expected at most 3$/,
      false,
    ],
    [
      'content that is encoded without end and holds nothing',
      (request, response) => {
        response.setHeader('content-encoding', 'gzip');
        endless(GZIP_HEADER, EMPTY_BLOCKS)(request, response);
      },
      /^more than 265536 bytes came/,
      true,
    ],
    [
      'content that is encoded and short',
      serving(gzipSync(FILE).subarray(0, 5000), { 'content-encoding': 'gzip' }),
      /unexpected end of file/,
      false,
    ],
    ['a change of protocol', failing(101), /^status 101$/, true],
    ['redirects without end', redirectTo('/again'), /^more than 5 redirects$/, false],
    ['a redirect to data', redirectTo('data:,x'), /^redirected to scheme data, expected https$/, true],
  ])('%s', async (_name, listener, message, isPermanent) => {
    const error = await download(listener).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MirrorError);
    expect((error as MirrorError).message).toMatch(message);
    expect((error as MirrorError).isPermanent).toBe(isPermanent);
  });

  it.each<[string, RequestListener, Partial<typeof TIMEOUTS>, string]>([
    ['slow headers', () => {}, { connect: 30 }, 'no answer after 30 ms'],
    ['a body that stalls', (_, response) => response.write(FILE.subarray(0, 1000)), { idle: 30 }, STALLED],
    ['no byte of a body', (_, response) => response.writeHead(200).flushHeaders(), { idle: 30 }, STALLED],
    ['a body that drips', dripping, { total: 100 }, 'not complete after 100 ms'],
  ])('%s', async (_name, listener, timeouts, message) => {
    await expect(download(listener, { ...TIMEOUTS, ...timeouts })).rejects.toThrow(message);
  });

  it('a server that is not there', async () => {
    server = await startServer(() => {});
    await server.close();
    await expect(collect(server.url)).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('fetchVerified', () => {
  it('ends the connection when its reader stops', async () => {
    const closed = Promise.withResolvers<void>();
    server = await startServer((_request, response) => {
      response.on('close', closed.resolve);
      response.write(gzipSync(FILE).subarray(0, 50_000));
    });
    for await (const _chunk of fetchVerified(server.url, EXPECTED, TIMEOUTS, policy(server.url))) break;
    await closed.promise;
  });

  it('does not count the time that its reader takes', async () => {
    server = await startServer((_request, response) => response.end(FILE));
    const chunks: Uint8Array[] = [];
    const timeouts = { ...TIMEOUTS, idle: 1_000 };
    for await (const chunk of fetchVerified(server.url, EXPECTED, timeouts, policy(server.url))) {
      if (chunks.length === 0) await new Promise((resolve) => setTimeout(resolve, 1_100));
      chunks.push(chunk);
    }
    expect(FILE.equals(Buffer.concat(chunks))).toBe(true);
  });
});
