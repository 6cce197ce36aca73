/** A dataset's files in the bucket as streams that are checked at their end. */
import { createHash } from 'node:crypto';
import type { Digest, SourceFile } from '../../core/data/catalogue/spec.ts';
import { IntegrityError } from '../shared/errors.ts';
import type { ObjectStore } from '../shared/object-store.ts';

export interface SourceReader {
  /** Chunks of the file, whose digest is in `digests` once they have all been read. */
  read(file: SourceFile): AsyncGenerator<Uint8Array>;
  /** A part of a file that has been read to its end before. */
  readPart(file: SourceFile, start: number, end: number): AsyncGenerator<Uint8Array>;
  /** Of the uncompressed files that have been read to their end, by name. */
  digests: Map<string, Required<Digest>>;
}

/** @param keyOf where in the bucket a file is */
export function sourceReader(store: ObjectStore, keyOf: (file: SourceFile) => string): SourceReader {
  const digests = new Map<string, Required<Digest>>();
  return {
    digests,
    async *read(file) {
      const known = digests.get(file.name) ?? file;
      const found = yield* checked(store.stream(keyOf(file)), known, keyOf(file));
      digests.set(file.name, found);
    },
    readPart: (file, start, end) => store.stream(keyOf(file), { start, end }),
  };
}

/**
 * Passes the bytes on, and ends only when they are the expected ones.
 *
 * @param what names them in errors
 * @throws IntegrityError for another size or SHA-256
 */
export async function* checked(
  chunks: AsyncIterable<Uint8Array>,
  expected: Digest,
  what: string,
): AsyncGenerator<Uint8Array, Required<Digest>> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  const sha256 = hash.digest('hex');
  if (bytes !== (expected.bytes ?? bytes)) {
    throw new IntegrityError(`${what} has ${bytes} bytes, expected ${expected.bytes}`);
  }
  if (sha256 !== (expected.sha256 ?? sha256)) {
    throw new IntegrityError(`${what} has SHA-256 ${sha256}, expected ${expected.sha256}`);
  }
  return { bytes, sha256 };
}
