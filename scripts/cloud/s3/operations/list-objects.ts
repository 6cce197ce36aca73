/** ListObjectsV2, and ListObjects, which came before it. */
import { invalidArgument } from '../errors.ts';
import type { S3Response } from '../request.ts';
import { isoTime, OWNER, quoted, xmlAnswer } from './answers.ts';
import type { OperationContext } from './operation.ts';

const MAX_KEYS = 1000;
const MAX_INTEGER = 2 ** 31 - 1;

export function listObjects(context: OperationContext): S3Response {
  const { query } = context.request;
  const startAfter = query.get('start-after') ?? '';
  const token = query.get('continuation-token');
  const { page, encode, head, entries } = list(context, {
    after: token === null ? startAfter : parseToken(token),
    withOwner: query.get('fetch-owner') === 'true',
  });
  return xmlAnswer('ListBucketResult', {
    ...head,
    StartAfter: startAfter === '' ? undefined : encode(startAfter),
    ContinuationToken: token ?? undefined,
    NextContinuationToken: page.next === undefined ? undefined : writeToken(page.next),
    KeyCount: page.items.length + page.commonPrefixes.length,
    ...entries,
  });
}

/** Goes on behind a key and not by a token, and says where only when keys are grouped: else it is the last key. */
export function listObjectsV1(context: OperationContext): S3Response {
  const marker = context.request.query.get('marker') ?? '';
  const { page, encode, head, entries } = list(context, { after: marker, withOwner: true });
  const isTold = page.next !== undefined && head.Delimiter !== undefined;
  return xmlAnswer('ListBucketResult', {
    ...head,
    Marker: encode(marker),
    NextMarker: isTold ? encode(page.next!) : undefined,
    ...entries,
  });
}

interface ListOptions {
  after: string;
  withOwner: boolean;
}

/** A page, and what both kinds of listing say of it. */
function list({ store, request, bucket }: OperationContext, { after, withOwner }: ListOptions) {
  const { query } = request;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const maxKeys = parseCount(query, 'max-keys');
  const encode = encoder(query.get('encoding-type'));
  const page = store.objects.list(bucket, { prefix, delimiter, after, maxKeys });
  const head = {
    Name: bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxKeys: maxKeys,
    EncodingType: query.get('encoding-type') ?? undefined,
    IsTruncated: page.next !== undefined,
  };
  const entries = {
    Contents: page.items.map(({ key, modified, etag, size, checksum, storageClass }) => ({
      Key: encode(key),
      LastModified: isoTime(modified),
      ETag: quoted(etag),
      ChecksumAlgorithm: checksum?.algorithm,
      ChecksumType: checksum?.type,
      Size: size,
      Owner: withOwner ? OWNER : undefined,
      StorageClass: storageClass,
    })),
    CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: encode(common) })),
  };
  return { page, encode, head, entries };
}

/** How many a page may have, 1,000 at most. @param name for example max-keys @throws S3Error InvalidArgument */
export function parseCount(query: URLSearchParams, name: string): number {
  const value = query.get(name);
  if (value === null || value === '') return MAX_KEYS;
  if (!/^\d{1,10}$/.test(value) || Number(value) > MAX_INTEGER) {
    throw invalidArgument(name, value, `Argument ${name} must be an integer between 0 and ${MAX_INTEGER}`);
  }
  return Math.min(Number(value), MAX_KEYS);
}

/** Percent-encoding of all but unreserved characters and "/", as S3 does it for encoding-type=url. */
export function encoder(encodingType: string | null): (text: string) => string {
  if (encodingType === null) return (text) => text;
  if (encodingType !== 'url') {
    throw invalidArgument('encoding-type', encodingType, `encoding-type must be url; got ${encodingType}`);
  }
  return (text) => encodeURIComponent(text).replaceAll('%2F', '/');
}

const writeToken = (after: string): string => Buffer.from(after).toString('base64url');

function parseToken(token: string): string {
  const after = Buffer.from(token, 'base64url').toString('utf8');
  if (token === '' || writeToken(after) !== token) {
    throw invalidArgument('continuation-token', token, 'The continuation token provided is incorrect');
  }
  return after;
}
