/** A dataset's files in the bucket as streams whose bytes are checked. */
import { IntegrityError } from '../../core/errors.ts';
import type { Digest, SourceFile } from '../../core/ingest/catalogue/spec.ts';
import { checked } from '../dataset/measure.ts';
import { KEEP_BYTES, type KeptFiles } from '../download/kept-files.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { sha256 } from '../store/sha256.ts';

/** What is hashed by itself: of a part that is read again, at most so much is read besides at either end. */
const PIECE_BYTES = 256 * 1024;
/** Of a file that is kept, handed out at a time. */
const KEPT_PIECE_BYTES = 8 * 1024 * 1024;

/**
 * Files are read to their end once before anything is made of them, and are the very same bytes each time after that: a
 * piece that is not is refused before it is passed on. Shards are immutable, so one of damaged rows would stay.
 */
export interface SourceReader {
  /** Reads to the end what has not been, for its digest. */
  prepare(files: readonly SourceFile[]): Promise<void>;
  /** Chunks of the file; the first time its digest is checked, and known, when they have all been read. */
  read(file: SourceFile): AsyncGenerator<Uint8Array>;
  /** A part of a file that has been read to its end before. */
  readPart(file: SourceFile, start: number, end: number): AsyncGenerator<Uint8Array>;
  /** Of the uncompressed files that have been read to their end, by name. */
  digests: Map<string, Required<Digest>>;
}

/**
 * Of files that are known to be small, what is read first is kept for the second time.
 *
 * @param keyOf where in the bucket a file is
 * @param downloaded what has been read to its end, and checked, when it came into the bucket
 */
export function sourceReader(
  store: ObjectStore,
  keyOf: (file: SourceFile) => string,
  downloaded?: Pick<KeptFiles, 'get'>,
): SourceReader {
  const digests = new Map<string, Required<Digest>>();
  /** SHA-256 of each piece of those that are not kept. */
  const hashes = new Map<string, string[]>();
  /** The content of the others. */
  const kept = new Map<string, Uint8Array>();
  let keptBytes = 0;

  function isKnown(file: SourceFile): boolean {
    const before = downloaded?.get(file.name);
    if (before !== undefined && !digests.has(file.name)) {
      const { content, bytes, sha256 } = before;
      digests.set(file.name, { bytes, sha256 });
      kept.set(file.name, content);
      keptBytes += bytes;
    }
    return digests.has(file.name);
  }

  async function* readFirst(file: SourceFile): AsyncGenerator<Uint8Array> {
    const found: string[] = [];
    const pieces: Uint8Array[] = [];
    const { bytes = Number.POSITIVE_INFINITY } = file;
    const isKept = keptBytes + bytes <= KEEP_BYTES;
    if (isKept) keptBytes += bytes;
    async function* hashed(): AsyncGenerator<Uint8Array> {
      for await (const piece of inPieces(store.stream(keyOf(file)))) {
        if (isKept) pieces.push(piece);
        else found.push(sha256(piece));
        yield piece;
      }
    }
    digests.set(file.name, yield* checked(hashed(), file, keyOf(file)));
    if (isKept) kept.set(file.name, Buffer.concat(pieces));
    else hashes.set(file.name, found);
  }

  async function* readPart(file: SourceFile, start: number, end: number): AsyncGenerator<Uint8Array> {
    const content = kept.get(file.name);
    if (content !== undefined) {
      for (let at = start; at < end; at += KEPT_PIECE_BYTES) {
        yield content.subarray(at, Math.min(at + KEPT_PIECE_BYTES, end));
      }
      return;
    }
    const expected = hashes.get(file.name)!;
    const { bytes } = digests.get(file.name)!;
    let index = Math.floor(start / PIECE_BYTES);
    let at = index * PIECE_BYTES;
    const last = Math.min(Math.ceil(end / PIECE_BYTES) * PIECE_BYTES, bytes);
    const pieces = inPieces(store.stream(keyOf(file), { start: at, end: last }));
    for await (const piece of pieces) {
      if (sha256(piece) !== expected[index]) {
        throw new IntegrityError(`${keyOf(file)} has other bytes from ${at} on than when it was read before`);
      }
      yield piece.subarray(Math.max(0, start - at), end - at);
      at += piece.length;
      index++;
    }
    if (at < last) throw new IntegrityError(`${keyOf(file)} ends at ${at}, expected ${bytes} bytes`);
  }

  const read = (file: SourceFile) =>
    isKnown(file) ? readPart(file, 0, digests.get(file.name)!.bytes) : readFirst(file);
  return {
    digests,
    read,
    readPart,
    async prepare(files) {
      for (const file of files) {
        if (isKnown(file)) continue;
        for await (const _ of read(file));
      }
    },
  };
}

/** Regroups chunks into pieces of one size; the last may be smaller. */
async function* inPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (; at + PIECE_BYTES <= bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
    rest = bytes.subarray(at);
  }
  if (rest.length > 0) yield rest;
}
