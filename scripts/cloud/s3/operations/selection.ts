/** Which bytes of an object a GET or HEAD is about: a range, a part, or all. */

import { MAX_PARTS } from '../completion.ts';
import { invalidArgument, invalidRequest, notImplemented, S3Error } from '../errors.ts';
import type { ObjectRecord } from '../records.ts';
import type { S3Request } from '../request.ts';

export interface Selection {
  /** The bytes [start, end). */
  start: number;
  end: number;
  isWhole: boolean;
  headers: Record<string, string>;
}

/** @throws S3Error InvalidRange, InvalidPartNumber, InvalidArgument, InvalidRequest, NotImplemented */
export function select(record: ObjectRecord, { headers, query }: S3Request): Selection {
  const part = query.get('partNumber');
  if (part !== null) {
    if (headers.range !== undefined) {
      throw invalidRequest('Cannot specify both Range header and partNumber query parameter');
    }
    return selectPart(record, parsePartNumber(part));
  }
  const range = parseRange(headers.range, record.size);
  if (range === undefined) return { start: 0, end: record.size, isWhole: true, headers: {} };
  return { ...range, isWhole: false, headers: contentRange(range, record.size) };
}

/** @throws S3Error InvalidArgument */
export function parsePartNumber(value: string): number {
  const number = Number(value);
  if (!/^\d{1,5}$/.test(value) || number < 1 || number > MAX_PARTS) {
    const allowed = `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`;
    throw invalidArgument('partNumber', value, allowed);
  }
  return number;
}

function selectPart(record: ObjectRecord, number: number): Selection {
  const sizes = partSizes(record);
  const all = sizes ?? [record.size];
  if (number > all.length) {
    throw new S3Error('InvalidPartNumber', 'The requested partnumber is not satisfiable', {
      PartNumberRequested: String(number),
      ActualPartCount: String(all.length),
    });
  }
  const start = all.slice(0, number - 1).reduce((sum, size) => sum + size, 0);
  const range = { start, end: start + all[number - 1]! };
  const count = sizes && { 'x-amz-mp-parts-count': String(sizes.length) };
  return { ...range, isWhole: false, headers: { ...contentRange(range, record.size), ...count } };
}

/** Sizes of the parts that it was uploaded in; undefined for an object of one PUT. */
function partSizes({ etag, content }: ObjectRecord): number[] | undefined {
  const count = Number(/-(\d+)$/.exec(etag)?.[1] ?? 0);
  if (count === 0) return undefined;
  // A part is a piece, but for the last one when it is empty.
  const sizes = content.map(([, size]) => size);
  return sizes.length < count ? [...sizes, 0] : sizes;
}

/** No range names no bytes. */
const contentRange = (
  { start, end }: { start: number; end: number },
  size: number,
): Record<string, string> => (end > start ? { 'content-range': `bytes ${start}-${end - 1}/${size}` } : {});

/**
 * The bytes [start, end) that a Range header asks for (RFC 9110 section 14, single byte ranges); undefined for the whole
 * object, also when the header is of no known form, which is to be ignored.
 * @throws S3Error InvalidRange when it holds no byte; NotImplemented for several ranges
 */
function parseRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
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
