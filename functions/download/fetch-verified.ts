/** Streams a file from a mirror: decompressed, bounded in size and time, and checked before its end is reported. */
import type { Digest } from '../../core/ingest/catalogue/spec.ts';
import { MAX_UNKNOWN_BYTES } from '../contract/data.ts';
import { Measure } from '../dataset/measure.ts';
import { decodeContent, decompress } from './decompress.ts';
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

/** What is wrong with a SHA-256 that is right for the file as it is served or uploaded. */
export const OF_COMPRESSED =
  'That is the SHA-256 of the file as it is compressed; expected is that of its content';

/** A file, by what is known of it. */
export interface ExpectedFile extends Digest {
  /** The file as it is served. */
  compressed?: Digest | undefined;
  /** Bound where no size is known, which stops a decompression bomb. */
  maxBytes?: number;
}

/**
 * Yields the uncompressed bytes; throws instead of ending when they are not exactly the expected ones.
 *
 * @param expected what is known of the uncompressed file, or of the served one
 * @param policy what the URL, and where it redirects to, may be
 * @throws MirrorError for what the policy forbids, a status but 200, a timeout, broken gzip, a wrong size or a wrong
 *   hash
 */
export async function* fetchVerified(
  url: string,
  expected: ExpectedFile,
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
    const { compressed = {}, maxBytes = MAX_UNKNOWN_BYTES } = expected;
    const isHashed = compressed.sha256 !== undefined || expected.sha256 !== undefined;
    const limit = (expected.bytes ?? maxBytes) + COMPRESSION_OVERHEAD_BYTES;
    const received = limited(
      receive(response, () => abortAfter(timeouts.idle, 'nothing came for')),
      compressed.bytes === undefined ? limit : compressed.bytes + COMPRESSION_OVERHEAD_BYTES,
    );
    // Which of both is the file depends on whether the server takes its gzip for an encoding.
    const [sent, decoded] = [new Measure(isHashed), new Measure(isHashed)];
    const content = limited(decodeContent(sent.of(received), response.headers['content-encoding']), limit);
    const isOfCompressed = () => [decoded, sent].some((each) => each.sha256 === expected.sha256);
    yield* verified(limited(decompress(decoded.of(content)), maxBytes), expected, isOfCompressed);
    const wrong = decoded.problem(compressed);
    if (wrong !== undefined && sent.problem(compressed) !== undefined) {
      throw new MirrorError(`as served, ${wrong}`, { isPermanent: true });
    }
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

/** @param isOfCompressed asked where the SHA-256 is another: whether it is that of the compressed file */
async function* verified(
  source: AsyncGenerator<Uint8Array>,
  expected: Digest,
  isOfCompressed: () => boolean,
): AsyncGenerator<Uint8Array> {
  const measure = new Measure(expected.sha256 !== undefined);
  for await (const chunk of measure.of(source)) {
    if (expected.bytes !== undefined && measure.bytes > expected.bytes) {
      throw new MirrorError(`more than the expected ${expected.bytes} bytes`, { isPermanent: true });
    }
    yield chunk;
  }
  const wrong = measure.problem(expected);
  // A file that is too short may come whole next time.
  const isPermanent = measure.bytes === (expected.bytes ?? measure.bytes);
  if (wrong === undefined) return;
  throw new MirrorError(isOfCompressed() ? `${wrong}. ${OF_COMPRESSED}` : wrong, { isPermanent });
}

/** What failed, and because of what. */
function rootMessage(error: unknown): string {
  const messages: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    messages.push(at.message || String((at as NodeJS.ErrnoException).code ?? at.name));
  }
  return messages.join(': ') || String(error);
}
