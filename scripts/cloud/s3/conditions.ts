/** Conditional requests: RFC 9110 section 13, and the Amazon S3 User Guide, "Conditional requests". */
import type { Headers } from './declared-body.ts';
import { noSuchKey, notImplemented, S3Error } from './errors.ts';

/** What conditions are about. */
export interface Version {
  /** Hex, without quotes. */
  etag: string;
  /** Milliseconds since 1970. */
  modified: number;
}

/**
 * Whether a PUT or a completed multipart upload may become visible. To be called in the transaction that does it.
 * @throws S3Error PreconditionFailed; NoSuchKey for If-Match on an absent key
 */
export function checkWrite(key: string, current: Version | undefined, headers: Headers): void {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*') throw notImplemented('If-None-Match other than * on a write');
    if (ifMatch !== undefined) throw notImplemented('If-Match together with If-None-Match on a write');
    if (current !== undefined) throw failed('If-None-Match');
  }
  if (ifMatch !== undefined) {
    if (ifMatch.trim() === '*') throw notImplemented('If-Match: * on a write');
    if (current === undefined) throw noSuchKey(key);
    if (!matches(ifMatch, current.etag)) throw failed('If-Match');
  }
}

/**
 * Whether a multipart upload may become visible whose key was written or deleted since it began.
 * @throws S3Error as `checkWrite`; ConditionalRequestConflict where a condition holds again, but did not all the time
 */
export function checkCompletion(
  key: string,
  current: Version | undefined,
  headers: Headers,
  isDisturbed: boolean,
): void {
  checkWrite(key, current, headers);
  const condition = ['If-None-Match', 'If-Match'].find((name) => headers[name.toLowerCase()] !== undefined);
  if (isDisturbed && condition !== undefined) {
    throw new S3Error(
      'ConditionalRequestConflict',
      'The conditional request cannot succeed due to a conflicting operation against this resource.',
      { Condition: condition, Key: key },
    );
  }
}

/**
 * Whether a key may be deleted.
 * @throws S3Error PreconditionFailed; NoSuchKey for an ETag on an absent key
 */
export function checkDelete(key: string, current: Version | undefined, headers: Headers): void {
  const ifMatch = headers['if-match'];
  if (ifMatch === undefined) return;
  if (current === undefined) {
    if (ifMatch.trim() === '*') throw failed('If-Match');
    throw noSuchKey(key);
  }
  if (!matches(ifMatch, current.etag)) throw failed('If-Match');
}

/**
 * False when the client's copy is good: answer 304. ETags take precedence over times.
 *
 * @param now milliseconds since 1970: nobody can have looked later than that
 * @throws S3Error PreconditionFailed
 */
export function checkRead(current: Version, headers: Headers, now: number): boolean {
  const condition = failing(current, headers, now);
  if (condition === 'If-Match' || condition === 'If-Unmodified-Since') throw failed(condition);
  return condition === undefined;
}

const SOURCE_PREFIX = 'x-amz-copy-source-';

/**
 * Whether a copy may be made, by the conditions in x-amz-copy-source-if-match and so on.
 * @throws S3Error PreconditionFailed
 */
export function checkCopySource(source: Version, headers: Headers, now: number): void {
  const ofSource = Object.entries(headers).filter(([name]) => name.startsWith(SOURCE_PREFIX));
  const plain = Object.fromEntries(
    ofSource.map(([name, value]) => [name.slice(SOURCE_PREFIX.length), value]),
  );
  const condition = failing(source, plain, now);
  if (condition !== undefined) throw failed(`${SOURCE_PREFIX}${condition}`);
}

/** The condition that does not hold, by the precedence of RFC 9110 section 13.2.2. */
function failing(current: Version, headers: Headers, now: number): string | undefined {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  // HTTP dates have whole seconds.
  const modified = Math.floor(current.modified / 1000) * 1000;
  const unmodifiedSince = httpDate(headers['if-unmodified-since']);
  const modifiedSince = httpDate(headers['if-modified-since']);
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, current.etag)) return 'If-Match';
  } else if (unmodifiedSince !== undefined && modified > unmodifiedSince) {
    return 'If-Unmodified-Since';
  }
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, current.etag) ? 'If-None-Match' : undefined;
  const isSeen = modifiedSince !== undefined && modifiedSince < now && modified <= modifiedSince;
  return isSeen ? 'If-Modified-Since' : undefined;
}

/** Whether an If-Match or If-None-Match value names the ETag; S3 takes it without quotes too. */
function matches(header: string, etag: string): boolean {
  return header.split(',').some((entry) => {
    const value = entry.trim();
    return value === '*' || unquote(value) === etag;
  });
}

/** An ETag as stored, from one as sent. */
export function unquote(etag: string): string {
  return etag.trim().replace(/^(?:W\/)?"(.*)"$/, '$1');
}

/** Milliseconds; undefined when absent or no date, which RFC 9110 says to ignore. */
function httpDate(value: string | undefined): number | undefined {
  const time = Date.parse(value ?? '');
  return Number.isNaN(time) ? undefined : time;
}

const failed = (condition: string): S3Error =>
  new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  });
