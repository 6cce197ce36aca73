/** PutObject, GetObject, HeadObject, DeleteObject. */
import { checkRead } from '../conditions.ts';
import type { Receiving } from '../receive-body.ts';
import type { S3Response } from '../request.ts';
import { bucketOf, checksumHeaders, keyOf, quoted } from './answers.ts';
import { headersToKeep } from './object-headers.ts';
import type { Operation, OperationContext } from './operation.ts';
import { parseRange } from './range.ts';
import { storeBody } from './upload-body.ts';

const READ_CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];
/** What every bucket does by default; shown because S3 shows it. */
const ENCRYPTION = { 'x-amz-server-side-encryption': 'AES256' };

function* putObject(context: OperationContext): Receiving<S3Response> {
  const { store, request } = context;
  const bucket = bucketOf(request);
  store.buckets.require(bucket);
  const headers = headersToKeep(request.headers);
  const record = yield* storeBody(context, undefined, ({ size, md5, checksum }, staged) =>
    store.objects.put(
      bucket,
      {
        key: keyOf(request),
        size,
        etag: md5.toString('hex'),
        headers,
        checksum: checksum && { ...checksum, type: 'FULL_OBJECT' },
      },
      staged,
      request.headers,
    ),
  );
  return {
    status: 200,
    headers: {
      etag: quoted(record.etag),
      ...checksumHeaders(record.checksum),
      ...ENCRYPTION,
    },
  };
}

/** GetObject and HeadObject: an answer to HEAD goes without its body. */
function getObject({ store, request }: OperationContext): S3Response {
  const record = store.objects.get(bucketOf(request), keyOf(request));
  const { headers } = request;
  const modified = checkRead(record, headers);
  const version = {
    etag: quoted(record.etag),
    'last-modified': new Date(record.modified).toUTCString(),
    ...ENCRYPTION,
  };
  if (!modified) return { status: 304, headers: version };
  const range = parseRange(headers.range, record.size);
  const { start, end } = range ?? { start: 0, end: record.size };
  // A checksum is one of the whole object: a client would hold the part against it.
  const wantsChecksum = headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' && range === undefined;
  const withBody = request.method === 'GET';
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...record.headers,
      ...version,
      ...(wantsChecksum ? checksumHeaders(record.checksum) : {}),
      ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${record.size}` }),
      'accept-ranges': 'bytes',
      'content-length': String(end - start),
    },
    ...(withBody
      ? {
          body: store.blobs.read(record.content, start, end),
          release: store.blobs.pin(record.content),
        }
      : {}),
  };
}

function deleteObject({ store, request }: OperationContext): S3Response {
  store.objects.delete(bucketOf(request), keyOf(request), request.headers);
  return { status: 204, headers: {} };
}

export const OBJECT_OPERATIONS: readonly Operation[] = [
  {
    name: 'PutObject',
    method: 'PUT',
    level: 'object',
    action: 's3:PutObject',
    conditions: ['if-match', 'if-none-match'],
    run: putObject,
  },
  {
    name: 'GetObject',
    method: 'GET',
    level: 'object',
    action: 's3:GetObject',
    conditions: READ_CONDITIONS,
    run: getObject,
  },
  {
    name: 'HeadObject',
    method: 'HEAD',
    level: 'object',
    action: 's3:GetObject',
    conditions: READ_CONDITIONS,
    run: getObject,
  },
  {
    name: 'DeleteObject',
    method: 'DELETE',
    level: 'object',
    action: 's3:DeleteObject',
    conditions: ['if-match'],
    run: deleteObject,
  },
];
