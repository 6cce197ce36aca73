/** Streams a file from a mirror: decompressed, bounded in size and time, and checked before its end is reported. */
import { createHash } from 'node:crypto';
import { Readable, type Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** This mirror did not deliver the file; another one may. */
export class MirrorError extends Error {
  override readonly name = 'MirrorError';
}

export interface Timeouts {
  /** Milliseconds until the headers have come. */
  connect: number;
  /** Milliseconds without a byte. */
  idle: number;
}

const DEFAULT_TIMEOUTS: Timeouts = { connect: 10_000, idle: 20_000 };
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * Yields the uncompressed bytes; throws instead of ending when they are not exactly the expected ones.
 *
 * @param expected size and SHA-256 of the uncompressed file; the size also stops a decompression bomb
 * @throws MirrorError for a status but 200, a timeout, broken gzip, a wrong size or a wrong hash
 */
export async function* fetchVerified(
  url: string,
  expected: { bytes: number; sha256: string },
  timeouts: Timeouts = DEFAULT_TIMEOUTS,
): AsyncGenerator<Uint8Array> {
  const abort = new AbortController();
  const connecting = setTimeout(() => abort.abort(), timeouts.connect);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const response = await fetch(url, { signal: abort.signal });
    clearTimeout(connecting);
    if (!response.ok || response.body === null) throw new MirrorError(`status ${response.status}`);
    for await (const chunk of decompressed(receive(response.body, () => abort.abort(), timeouts.idle))) {
      bytes += chunk.length;
      if (bytes > expected.bytes) throw new MirrorError(`more than the expected ${expected.bytes} bytes`);
      hash.update(chunk);
      yield chunk;
    }
  } catch (error) {
    if (abort.signal.aborted) throw new MirrorError('timed out', { cause: error });
    if (error instanceof MirrorError) throw error;
    const { message, cause } = error as Error;
    throw new MirrorError(cause instanceof Error ? `${message}: ${cause.message}` : message, {
      cause: error,
    });
  } finally {
    clearTimeout(connecting);
    abort.abort();
  }
  if (bytes !== expected.bytes) throw new MirrorError(`${bytes} bytes, expected ${expected.bytes}`);
  const actual = hash.digest('hex');
  if (actual !== expected.sha256) throw new MirrorError(`SHA-256 ${actual}, expected ${expected.sha256}`);
}

/** Passes bytes on; the clock runs only while the mirror is waited for, not while the consumer is busy. */
async function* receive(
  body: AsyncIterable<Uint8Array>,
  onIdle: () => void,
  idleMs: number,
): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  for (;;) {
    const timer = setTimeout(onIdle, idleMs);
    const next = await chunks.next().finally(() => clearTimeout(timer));
    if (next.done === true) return;
    yield next.value;
  }
}

/** Gunzips where the first bytes say gzip (whatever headers and name claim), else passes the bytes on. */
async function* decompressed(source: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head = new Uint8Array(0);
  while (head.length < GZIP_MAGIC.length) {
    const next = await source.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const rest = (async function* () {
    yield head;
    yield* source;
  })();
  if (!GZIP_MAGIC.every((byte, index) => head[index] === byte)) {
    yield* rest;
    return;
  }
  const gunzip: Transform = createGunzip();
  const input = Readable.from(rest, { objectMode: false });
  input.on('error', (error) => gunzip.destroy(error));
  yield* input.pipe(gunzip);
}
