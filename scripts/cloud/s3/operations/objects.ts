/** PutObject, GetObject, HeadObject, DeleteObject. */
import { checkRead } from '../conditions.ts';
import type { Receiving } from '../receive-body.ts';
import type { S3Response } from '../request.ts';
import {
  authorizeTags,
  checksumHeaders,
  ENCRYPTION,
  quoted,
  versionIdOf,
  versionOfWrite,
} from './answers.ts';
import type { OperationContext } from './operation.ts';
import { overrides } from './overrides.ts';
import { select } from './selection.ts';
import { headersToKeep, headersToShow, storeBody } from './upload.ts';

export function* putObject(context: OperationContext): Receiving<S3Response> {
  const { store, request, bucket, key } = context;
  authorizeTags(context);
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
  const { start, end, isWhole, headers: selected } = select(record, request);
  // A checksum is one of the whole object: a client would hold the part against it.
  const wantsChecksum = headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' && isWhole;
  return {
    status: isWhole ? 200 : 206,
    headers: {
      ...headersToShow(record.headers),
      ...overrides(request),
      ...version,
      ...(wantsChecksum && checksumHeaders(record.checksum)),
      ...selected,
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
