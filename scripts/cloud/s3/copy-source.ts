/** What a copy is made of: x-amz-copy-source and what goes with it ("CopyObject", Amazon S3 API Reference). */
import type { Headers } from './declared-body.ts';
import { invalidArgument, invalidRequest } from './errors.ts';
import { splitAt } from './request.ts';

export const SOURCE = 'x-amz-copy-source';
const RANGE = `${SOURCE}-range`;
/** Largest object of one CopyObject, and largest range of one UploadPartCopy. */
const MAX_COPY_BYTES = 5 * 2 ** 30;

export interface CopySource {
  bucket: string;
  key: string;
  version: string | undefined;
}

/** Reads `bucket/key?versionId=id`, percent-encoded. @throws S3Error InvalidArgument */
export function parseSource(headers: Headers): CopySource {
  const sent = headers[SOURCE]!;
  const wrong = (what: string) => invalidArgument(SOURCE, sent, `Invalid copy source ${what}`);
  const [path = '', query = ''] = splitAt(sent, '?');
  if (path.startsWith('arn:')) throw wrong('bucket name: an ARN is not implemented here');
  const [bucket = '', key = ''] = splitAt(decode(path).replace(/^\//, ''), '/');
  if (bucket === '') throw wrong('bucket name');
  if (key === '') throw wrong('object key');
  const [name, version] = splitAt(query, '=');
  if (query !== '' && (name !== 'versionId' || !version)) throw wrong('version');
  return { bucket, key, version };

  function decode(text: string): string {
    try {
      // Clients differ in how they write a space.
      return decodeURIComponent(text.replaceAll('+', ' '));
    } catch {
      throw wrong('encoding');
    }
  }
}

/**
 * The bytes [start, end) to be copied: unlike a Range header it has to name both ends, and they have to be there.
 * @throws S3Error InvalidArgument, InvalidRequest
 */
export function parseSourceRange(headers: Headers, size: number): { start: number; end: number } {
  const sent = headers[RANGE];
  const range = sent === undefined ? { start: 0, end: size } : readRange(sent, size);
  if (range.end - range.start > MAX_COPY_BYTES) {
    throw invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_COPY_BYTES}`,
    );
  }
  return range;
}

function readRange(sent: string, size: number): { start: number; end: number } {
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(sent) ?? [];
  if (first === undefined || Number(first) > Number(last)) {
    const form = `The ${RANGE} value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy`;
    throw invalidArgument(RANGE, sent, form);
  }
  if (Number(first) >= size) {
    throw invalidRequest('The specified copy range is invalid for the source object size');
  }
  if (Number(last) >= size) {
    const message = `Range specified is not valid for source object of size: ${size}`;
    throw invalidArgument(RANGE, sent, message);
  }
  return { start: Number(first), end: Number(last) + 1 };
}
