/** Streams a file from a mirror: decompressed, bounded in size and time, and checked before its end is reported. */
import { createHash } from 'node:crypto';
import { decodeContent } from './content-encoding.ts';
import { decompress } from './decompress.ts';
import { type FetchPolicy, RefusedUrlError } from './fetch-policy.ts';
import { type OpenOptions, openUrl } from './open-url.ts';

/** This mirror did not deliver the file; another one may. */
export class MirrorError extends Error {
  override readonly name = 'MirrorError';
  /** Asking this mirror again won't help. */
  readonly isPermanent: boolean;

  constructor(message: string, options: { isPermanent?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.isPermanent = options.isPermanent ?? false;
  }
}

/** Milliseconds. */
export interface Timeouts {
  /** Until the headers have come. */
  connect: number;
  /** Without a byte. */
  idle: number;
  /** For the whole file. */
  total: number;
}

/** What does not compress grows by some bytes in 16,384; no dataset file by more than this. */
const COMPRESSION_OVERHEAD_BYTES = 65_536;
const TIMED_OUT = 408;
const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;

/**
 * Yields the uncompressed bytes; throws instead of ending when they are not exactly the expected ones.
 *
 * @param expected size and SHA-256 of the uncompressed file; the size also stops a decompression bomb
 * @param policy what the URL, and where it redirects to, may be
 * @throws MirrorError for what the policy forbids, a status but 200, a timeout, broken gzip, a wrong size or a wrong
 *   hash
 */
export async function* fetchVerified(
  url: string,
  expected: { bytes: number; sha256: string },
  timeouts: Timeouts,
  policy: FetchPolicy,
  network: OpenOptions['network'] = {},
): AsyncGenerator<Uint8Array> {
  const abort = new AbortController();
  const abortAfter = (ms: number, what: string) =>
    setTimeout(() => abort.abort(new MirrorError(`${what} ${ms} ms`)), ms);
  const total = abortAfter(timeouts.total, 'not complete after');
  const connecting = abortAfter(timeouts.connect, 'no answer after');
  try {
    const response = await openUrl(url, policy, { signal: abort.signal, network });
    clearTimeout(connecting);
    checkStatus(response.statusCode ?? 0);
    const limit = expected.bytes + COMPRESSION_OVERHEAD_BYTES;
    const received = limited(
      receive(response, () => abortAfter(timeouts.idle, 'nothing came for')),
      limit,
    );
    const content = limited(decodeContent(received, response.headers['content-encoding']), limit);
    yield* verified(decompress(content), expected);
  } catch (error) {
    if (error instanceof MirrorError) throw error;
    if (abort.signal.reason instanceof MirrorError) throw abort.signal.reason;
    const isPermanent = error instanceof RefusedUrlError;
    throw new MirrorError(rootMessage(error), { isPermanent, cause: error });
  } finally {
    clearTimeout(total);
    clearTimeout(connecting);
    // Ends the connection of a file that was given up, by either side.
    abort.abort();
  }
}

function checkStatus(status: number): void {
  if (status === 200) return;
  const isPermanent = status < SERVER_ERROR && status !== TIMED_OUT && status !== TOO_MANY_REQUESTS;
  throw new MirrorError(`status ${status}`, { isPermanent });
}

/** Passes bytes on; the clock runs only while the mirror is waited for, not while the consumer is busy. */
async function* receive(
  body: AsyncIterable<Uint8Array>,
  startClock: () => NodeJS.Timeout,
): AsyncGenerator<Uint8Array> {
  let clock = startClock();
  try {
    for await (const chunk of body) {
      clearTimeout(clock);
      yield chunk;
      clock = startClock();
    }
  } finally {
    clearTimeout(clock);
  }
}

async function* limited(source: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > limit) throw new MirrorError(`more than ${limit} bytes came`, { isPermanent: true });
    yield chunk;
  }
}

async function* verified(
  source: AsyncIterable<Uint8Array>,
  expected: { bytes: number; sha256: string },
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > expected.bytes) {
      throw new MirrorError(`more than the expected ${expected.bytes} bytes`, { isPermanent: true });
    }
    hash.update(chunk);
    yield chunk;
  }
  if (bytes !== expected.bytes) throw new MirrorError(`${bytes} bytes, expected ${expected.bytes}`);
  const actual = hash.digest('hex');
  if (actual !== expected.sha256) {
    throw new MirrorError(`SHA-256 ${actual}, expected ${expected.sha256}`, { isPermanent: true });
  }
}

/** What failed, and because of what. */
function rootMessage(error: unknown): string {
  const messages: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    messages.push(at.message || String((at as NodeJS.ErrnoException).code ?? at.name));
  }
  return messages.join(': ') || String(error);
}
