/** The Range header of RFC 9110 section 14, single byte ranges. */
import { notImplemented, S3Error } from '../errors.ts';

/** Bytes [start, end). */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * The range asked for; undefined for the whole object, also when the header is of no known form, which is to be ignored.
 * @throws S3Error InvalidRange when it holds no byte; NotImplemented for several ranges
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  if (header === undefined) return undefined;
  if (/^bytes=.*,/.test(header)) throw notImplemented('several ranges in one request');
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(first) > Number(last)) return undefined;
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size);
  if (start >= end) {
    throw new S3Error('InvalidRange', 'The requested range is not satisfiable', {
      RangeRequested: header,
      ActualObjectSize: String(size),
    });
  }
  return { start, end };
}
