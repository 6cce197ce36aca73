/** ListObjectsV2. */
import { invalidArgument } from '../errors.ts';
import type { S3Response } from '../request.ts';
import { isoTime, quoted, xmlAnswer } from './answers.ts';
import type { OperationContext } from './operation.ts';

const MAX_KEYS = 1000;

export function listObjects({ store, request, bucket }: OperationContext): S3Response {
  const { query } = request;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const startAfter = query.get('start-after') ?? '';
  const token = query.get('continuation-token');
  const maxKeys = parseMaxKeys(query.get('max-keys'));
  const encode = encoder(query.get('encoding-type'));
  const after = token === null ? startAfter : parseToken(token);

  const page = store.objects.list(bucket, { prefix, delimiter, after, maxKeys });
  return xmlAnswer('ListBucketResult', {
    Name: bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    StartAfter: startAfter === '' ? undefined : encode(startAfter),
    ContinuationToken: token ?? undefined,
    NextContinuationToken: page.next === undefined ? undefined : writeToken(page.next),
    KeyCount: page.items.length + page.commonPrefixes.length,
    MaxKeys: maxKeys,
    EncodingType: query.get('encoding-type') ?? undefined,
    IsTruncated: page.next !== undefined,
    Contents: page.items.map(({ key, modified, etag, size, checksum, storageClass }) => ({
      Key: encode(key),
      LastModified: isoTime(modified),
      ETag: quoted(etag),
      ChecksumAlgorithm: checksum?.algorithm,
      ChecksumType: checksum?.type,
      Size: size,
      StorageClass: storageClass,
    })),
    CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: encode(common) })),
  });
}

export function parseMaxKeys(value: string | null): number {
  if (value === null) return MAX_KEYS;
  if (!/^\d{1,10}$/.test(value)) {
    throw invalidArgument('max-keys', value, `max-keys must be a whole number from 0; got ${value}`);
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
