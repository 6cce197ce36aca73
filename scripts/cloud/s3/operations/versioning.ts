/** GetBucketVersioning, PutBucketVersioning, ListObjectVersions. */
import type { Versioning } from '../buckets.ts';
import { invalidArgument, notImplemented } from '../errors.ts';
import type { ListedVersion } from '../list-versions.ts';
import { type Receiving, receiveDocument } from '../receive-body.ts';
import type { S3Response } from '../request.ts';
import { childText, malformedXml, parseDocument, type XmlFields } from '../xml.ts';
import { isoTime, OWNER, quoted, xmlAnswer } from './answers.ts';
import { encoder, parseCount } from './list-objects.ts';
import type { OperationContext } from './operation.ts';

export function getVersioning({ store, bucket }: OperationContext): S3Response {
  store.buckets.require(bucket);
  return xmlAnswer('VersioningConfiguration', { Status: store.buckets.versioning(bucket) });
}

export function* putVersioning({ store, request, bucket }: OperationContext): Receiving<S3Response> {
  store.buckets.require(bucket);
  const document = parseDocument(yield* receiveDocument(request.headers), 'VersioningConfiguration');
  const other = document.children.find(({ name }) => name !== 'Status');
  if (other !== undefined) throw notImplemented(`${other.name} of PutBucketVersioning`);
  const status = childText(document, 'Status')?.trim();
  if (status !== 'Enabled' && status !== 'Suspended') {
    throw malformedXml(`Status must be Enabled or Suspended; got ${status}`);
  }
  store.buckets.setVersioning(bucket, status satisfies Versioning);
  return { status: 200, headers: {} };
}

export function listObjectVersions({ store, request, bucket }: OperationContext): S3Response {
  const { query } = request;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const versionMarker = query.get('version-id-marker') ?? '';
  const maxKeys = parseCount(query, 'max-keys');
  const encode = encoder(query.get('encoding-type'));
  if (versionMarker !== '' && keyMarker === '') {
    const message = 'A version-id marker cannot be specified without a key marker.';
    throw invalidArgument('version-id-marker', versionMarker, message);
  }
  const { items, commonPrefixes, next } = store.objects.listVersions(bucket, {
    prefix,
    delimiter,
    after: keyMarker,
    afterVersion: versionMarker === '' ? undefined : versionMarker,
    maxKeys,
  });
  const head: XmlFields = {
    Name: bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    KeyMarker: encode(keyMarker),
    VersionIdMarker: versionMarker,
    NextKeyMarker: next && encode(next.key),
    NextVersionIdMarker: next?.version,
    MaxKeys: maxKeys,
    EncodingType: query.get('encoding-type') ?? undefined,
    IsTruncated: next !== undefined,
  };
  return xmlAnswer('ListVersionsResult', [
    head,
    ...items.map((item) => describe(item, encode)),
    { CommonPrefixes: commonPrefixes.map((common) => ({ Prefix: encode(common) })) },
  ]);
}

/** Versions and markers stand among each other, in the order of the listing. */
function describe(item: ListedVersion, encode: (text: string) => string): XmlFields {
  const { key, version, isLatest, isMarker, modified, etag, size, checksum, storageClass } = item;
  const common = {
    Key: encode(key),
    VersionId: version,
    IsLatest: isLatest,
    LastModified: isoTime(modified),
    Owner: OWNER,
  };
  if (isMarker) return { DeleteMarker: common };
  return {
    Version: {
      ...common,
      ETag: quoted(etag),
      ChecksumAlgorithm: checksum?.algorithm,
      ChecksumType: checksum?.type,
      Size: size,
      StorageClass: storageClass,
    },
  };
}
