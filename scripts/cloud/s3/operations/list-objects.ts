/** ListObjectsV2. */
import { S3Error } from '../errors.ts';
import type { S3Response } from '../request.ts';
import type { XmlNode } from '../xml.ts';
import { bucketOf, isoTime, quoted, xmlAnswer } from './answers.ts';
import type { Operation, OperationContext } from './operation.ts';

const MAX_KEYS = 1000;

function listObjects({ store, request }: OperationContext): S3Response {
  const { query } = request;
  const bucket = bucketOf(request);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const startAfter = query.get('start-after') ?? '';
  const token = query.get('continuation-token');
  const maxKeys = parseMaxKeys(query.get('max-keys'));
  const encode = encoder(query.get('encoding-type'));
  const after = token === null ? startAfter : parseToken(token);

  const page = store.objects.list(bucket, {
    prefix,
    delimiter,
    after,
    maxKeys,
  });
  return xmlAnswer([
    'ListBucketResult',
    [
      ['Name', bucket],
      ['Prefix', encode(prefix)],
      ['Delimiter', delimiter === '' ? undefined : encode(delimiter)],
      ['StartAfter', startAfter === '' ? undefined : encode(startAfter)],
      ['ContinuationToken', token ?? undefined],
      ['NextContinuationToken', page.next === undefined ? undefined : writeToken(page.next)],
      ['KeyCount', page.items.length + page.commonPrefixes.length],
      ['MaxKeys', maxKeys],
      ['EncodingType', query.get('encoding-type') ?? undefined],
      ['IsTruncated', page.next !== undefined],
      ...page.items.map(
        (item): XmlNode => [
          'Contents',
          [
            ['Key', encode(item.key)],
            ['LastModified', isoTime(Math.floor(item.modified / 1000) * 1000)],
            ['ETag', quoted(item.etag)],
            ['Size', item.size],
            ['StorageClass', 'STANDARD'],
          ],
        ],
      ),
      ...page.commonPrefixes.map((common): XmlNode => ['CommonPrefixes', [['Prefix', encode(common)]]]),
    ],
  ]);
}

function parseMaxKeys(value: string | null): number {
  if (value === null) return MAX_KEYS;
  if (!/^\d{1,10}$/.test(value)) {
    throw new S3Error('InvalidArgument', `max-keys must be a whole number from 0; got ${value}`, {
      ArgumentName: 'max-keys',
      ArgumentValue: value,
    });
  }
  return Math.min(Number(value), MAX_KEYS);
}

/** Percent-encoding of all but unreserved characters and "/", as S3 does it for encoding-type=url. */
function encoder(encodingType: string | null): (text: string) => string {
  if (encodingType === null) return (text) => text;
  if (encodingType !== 'url') {
    throw new S3Error('InvalidArgument', `encoding-type must be url; got ${encodingType}`, {
      ArgumentName: 'encoding-type',
      ArgumentValue: encodingType,
    });
  }
  return (text) => encodeURIComponent(text).replaceAll('%2F', '/');
}

const writeToken = (after: string): string => Buffer.from(after).toString('base64url');

function parseToken(token: string): string {
  const after = Buffer.from(token, 'base64url').toString('utf8');
  if (token === '' || writeToken(after) !== token) {
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect', {
      ArgumentName: 'continuation-token',
      ArgumentValue: token,
    });
  }
  return after;
}

export const LIST_OPERATIONS: readonly Operation[] = [
  {
    name: 'ListObjectsV2',
    method: 'GET',
    level: 'bucket',
    action: 's3:ListBucket',
    selectors: { 'list-type': '2' },
    parameters: ['prefix', 'delimiter', 'start-after', 'continuation-token', 'max-keys', 'encoding-type'],
    run: listObjects,
  },
];
