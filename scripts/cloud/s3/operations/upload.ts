/** What comes with a request into the store: its body, and the headers that are given back with it. */
import type { StagedBlob } from '../blobs.ts';
import { type Checksum, type ChecksumAlgorithm, createHasher } from '../checksums.ts';
import { declaredBody, type Headers, storedContentEncoding } from '../declared-body.ts';
import { S3Error } from '../errors.ts';
import { type ReceivedBody, type Receiving, receiveBody, TURN } from '../receive-body.ts';
import type { ObjectRecord } from '../records.ts';
import { decodeWords, encodeWord } from '../rfc2047.ts';
import type { S3Store } from '../store.ts';
import { parseTagHeader, TAGGING, writeTagHeader } from '../tags.ts';
import type { OperationContext } from './operation.ts';

/** Amazon S3 User Guide: largest object of one PUT, and largest part. */
const MAX_UPLOAD_BYTES = 5 * 2 ** 30;
const KEPT = ['content-type', 'cache-control', 'content-disposition', 'content-language', 'expires'];
const METADATA_PREFIX = 'x-amz-meta-';
/** Amazon S3 User Guide, "Working with object metadata". */
const MAX_METADATA_BYTES = 2048;

/**
 * Receives and verifies the body, then calls `commit` with the bytes not yet visible.
 * Whatever fails, in the body or in `commit`, leaves no trace.
 * @param algorithm checksum to compute when the request declares none
 */
export function* storeBody<T>(
  { store, request }: OperationContext,
  algorithm: ChecksumAlgorithm | undefined,
  commit: (received: ReceivedBody, staged: StagedBlob) => T,
): Receiving<T> {
  const declared = declaredBody(request.headers);
  if (declared.length === undefined) {
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  if (declared.length > MAX_UPLOAD_BYTES) {
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
      ProposedSize: String(declared.length),
      MaxSizeAllowed: String(MAX_UPLOAD_BYTES),
    });
  }
  const staged = store.blobs.stage();
  try {
    const received = yield* receiveBody(declared, (bytes) => staged.write(bytes), algorithm);
    return commit(received, staged);
  } catch (error) {
    staged.discard();
    throw error;
  }
}

/**
 * Copies bytes within the store, then calls `commit` with them not yet visible. Between two pieces others get their turn;
 * what is copied is what was there at the beginning, though it be replaced meanwhile.
 * @param algorithm checksum to compute
 */
export function* copyBytes<T>(
  { blobs }: S3Store,
  { content }: ObjectRecord,
  { start, end }: { start: number; end: number },
  algorithm: ChecksumAlgorithm | undefined,
  commit: (copied: ReceivedBody, staged: StagedBlob) => T,
): Receiving<T> {
  const release = blobs.pin(content);
  const staged = blobs.stage();
  const md5 = createHasher('MD5');
  const hasher = algorithm && createHasher(algorithm);
  try {
    for (const bytes of blobs.read(content, start, end)) {
      md5.update(bytes);
      hasher?.update(bytes);
      staged.write(bytes);
      yield TURN;
    }
    const value = hasher?.digest().toString('base64');
    const checksum: Checksum | undefined =
      algorithm && value !== undefined ? { algorithm, value, type: 'FULL_OBJECT' } : undefined;
    return commit({ size: end - start, etag: md5.digest().toString('hex'), checksum }, staged);
  } catch (error) {
    staged.discard();
    throw error;
  } finally {
    release();
  }
}

/** Kept headers as they are given back: metadata so that it passes through any mail or HTTP software. */
export const headersToShow = (kept: Headers): Record<string, string> =>
  Object.fromEntries(
    Object.entries(kept).map(([name, value]) => {
      if (name === TAGGING) return [`${TAGGING}-count`, String(parseTagHeader(value).length)];
      return [name, name.startsWith(METADATA_PREFIX) ? encodeWord(value) : value];
    }),
  );

/**
 * Headers that are kept with an object, its tags among them.
 * @throws S3Error MetadataTooLarge, and what parseTagHeader throws
 */
export function headersToKeep(headers: Headers): Record<string, string> {
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  let metadataBytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (KEPT.includes(name)) kept[name] = value;
    if (!name.startsWith(METADATA_PREFIX)) continue;
    const text = decodeWords(value);
    metadataBytes += name.length - METADATA_PREFIX.length + Buffer.byteLength(text);
    kept[name] = text;
  }
  if (metadataBytes > MAX_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
      Size: String(metadataBytes),
      MaxSizeAllowed: String(MAX_METADATA_BYTES),
    });
  }
  const encoding = storedContentEncoding(headers);
  if (encoding !== undefined) kept['content-encoding'] = encoding;
  const tags = writeTagHeader(parseTagHeader(headers[TAGGING] ?? ''));
  if (tags !== undefined) kept[TAGGING] = tags;
  return kept;
}
