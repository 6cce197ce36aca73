/** PutObject, GetObject, HeadObject, DeleteObject. */
import { checkRead } from '../conditions.ts';
import { notImplemented, S3Error } from '../errors.ts';
import type { Receiving } from '../receive-body.ts';
import type { S3Response } from '../request.ts';
import { checksumHeaders, ENCRYPTION, quoted, versionIdOf, versionOfWrite } from './answers.ts';
import type { OperationContext } from './operation.ts';
import { headersToKeep, headersToShow, storeBody } from './upload.ts';

export function* putObject(context: OperationContext): Receiving<S3Response> {
  const { store, request, bucket, key } = context;
  store.buckets.require(bucket);
  const headers = headersToKeep(request.headers);
  const record = yield* storeBody(context, undefined, (part, staged) =>
    store.objects.put(bucket, { key, headers, ...part }, staged, request.headers),
  );
  return {
    status: 200,
    headers: {
      etag: quoted(record.etag),
      ...checksumHeaders(record.checksum),
      ...ENCRYPTION,
      ...versionOfWrite(context, record),
    },
  };
}

/** GetObject and HeadObject: an answer to HEAD goes without its body. */
export function getObject({ store, request, bucket, key }: OperationContext): S3Response {
  const record = store.objects.get(bucket, key, versionIdOf(request));
  const { headers } = request;
  const modified = checkRead(record, headers, store.now());
  const version = {
    etag: quoted(record.etag),
    'last-modified': new Date(record.modified).toUTCString(),
    ...ENCRYPTION,
    ...(store.buckets.versioning(bucket) !== undefined && { 'x-amz-version-id': record.version }),
    ...(record.storageClass !== 'STANDARD' && { 'x-amz-storage-class': record.storageClass }),
  };
  if (!modified) return { status: 304, headers: version };
  const range = parseRange(headers.range, record.size);
  const { start, end } = range ?? { start: 0, end: record.size };
  // A checksum is one of the whole object: a client would hold the part against it.
  const wantsChecksum = headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' && range === undefined;
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headersToShow(record.headers),
      ...version,
      ...(wantsChecksum && checksumHeaders(record.checksum)),
      ...(range && { 'content-range': `bytes ${start}-${end - 1}/${record.size}` }),
      'accept-ranges': 'bytes',
      'content-length': String(end - start),
    },
    ...(request.method === 'GET' && {
      body: store.blobs.read(record.content, start, end),
      release: store.blobs.pin(record.content),
    }),
  };
}

export function deleteObject({ store, request, bucket, key }: OperationContext): S3Response {
  const versionId = versionIdOf(request);
  const { version, isMarker } =
    versionId === undefined
      ? store.objects.delete(bucket, key, request.headers)
      : store.objects.deleteVersion(bucket, key, versionId);
  return {
    status: 204,
    headers: {
      ...(version !== undefined && { 'x-amz-version-id': version }),
      ...(isMarker && { 'x-amz-delete-marker': 'true' }),
    },
  };
}

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
