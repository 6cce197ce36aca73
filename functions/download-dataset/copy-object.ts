/** A dataset's file that was uploaded into the bucket, uncompressed and verified like a downloaded one. */
import { createHash } from 'node:crypto';
import { IntegrityError } from '../../core/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { decompress } from './decompress.ts';

/**
 * Yields the uncompressed bytes; throws instead of ending when they are not the expected ones.
 *
 * @param maxBytes bound on the uncompressed bytes
 * @throws NotFoundError when there is no such object; IntegrityError for broken or truncated gzip, too many bytes, or
 *   another SHA-256
 */
export async function* readUploaded(
  store: ObjectStore,
  key: string,
  expected: { sha256?: string | undefined },
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of decompress(store.stream(key))) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new IntegrityError(`${key}: more than ${maxBytes} bytes`);
      hash.update(chunk);
      yield chunk;
    }
  } catch (error) {
    // zlib's, as in ERR_… or Z_BUF_ERROR
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (!code.startsWith('Z_')) throw error;
    throw new IntegrityError(`${key}: gzip that is broken or cut off: ${message}`, { cause: error });
  }
  const actual = hash.digest('hex');
  if (actual !== (expected.sha256 ?? actual)) {
    throw new IntegrityError(`${key} has SHA-256 ${actual}, expected ${expected.sha256}`);
  }
}
