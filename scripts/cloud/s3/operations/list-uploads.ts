/** ListMultipartUploads, ListParts. */
import { checksumElement } from '../checksums.ts';
import { invalidArgument } from '../errors.ts';
import type { S3Response } from '../request.ts';
import { isoTime, OWNER, quoted, xmlAnswer } from './answers.ts';
import { encoder, parseCount } from './list-objects.ts';
import type { OperationContext } from './operation.ts';

/** Who began an upload and owns what it becomes. */
const PEOPLE = { Initiator: OWNER, Owner: OWNER, StorageClass: 'STANDARD' };

export function listMultipartUploads({ store, request, bucket }: OperationContext): S3Response {
  const { query } = request;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  // Without a key it says nothing.
  const idMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '');
  const maxUploads = parseCount(query, 'max-uploads');
  const encode = encoder(query.get('encoding-type'));
  const { items, commonPrefixes, next } = store.uploads.list(bucket, {
    prefix,
    delimiter,
    after: keyMarker,
    afterId: idMarker === '' ? undefined : idMarker,
    maxKeys: maxUploads,
  });
  return xmlAnswer('ListMultipartUploadsResult', {
    Bucket: bucket,
    KeyMarker: encode(keyMarker),
    UploadIdMarker: idMarker,
    NextKeyMarker: next && encode(next.key),
    NextUploadIdMarker: next && (next.id ?? ''),
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxUploads: maxUploads,
    EncodingType: query.get('encoding-type') ?? undefined,
    IsTruncated: next !== undefined,
    Upload: items.map(({ key, id, checksum, created }) => ({
      Key: encode(key),
      UploadId: id,
      ...PEOPLE,
      Initiated: isoTime(created),
      ChecksumAlgorithm: checksum?.algorithm,
      ChecksumType: checksum?.type,
    })),
    CommonPrefixes: commonPrefixes.map((common) => ({ Prefix: encode(common) })),
  });
}

export function listParts({ store, request, bucket, key }: OperationContext): S3Response {
  const { query } = request;
  const upload = store.uploads.get(bucket, key, query.get('uploadId') ?? '');
  const maxParts = parseCount(query, 'max-parts');
  const marker = parseMarker(query.get('part-number-marker') || '0');
  const { parts, isTruncated } = store.uploads.listParts(upload, marker, maxParts);
  return xmlAnswer('ListPartsResult', {
    Bucket: bucket,
    Key: key,
    UploadId: upload.id,
    ...PEOPLE,
    PartNumberMarker: marker,
    NextPartNumberMarker: parts.at(-1)?.number ?? 0,
    MaxParts: maxParts,
    IsTruncated: isTruncated,
    ChecksumAlgorithm: upload.checksum?.algorithm,
    ChecksumType: upload.checksum?.type,
    Part: parts.map(({ number, modified, etag, size, checksum }) => ({
      PartNumber: number,
      LastModified: isoTime(modified),
      ETag: quoted(etag),
      Size: size,
      ...(checksum && { [checksumElement(checksum.algorithm)]: checksum.value }),
    })),
  });
}

function parseMarker(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw invalidArgument('part-number-marker', value, 'part-number-marker must be the number of a part');
}
