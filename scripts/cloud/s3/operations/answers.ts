/** Pieces of answers that several operations share. */
import { type Checksum, checksumHeader } from '../checksums.ts';
import type { S3Request, S3Response } from '../request.ts';
import { S3_NAMESPACE, writeXml, type XmlNode } from '../xml.ts';

export function xmlAnswer(root: XmlNode): S3Response {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: writeXml(root, S3_NAMESPACE),
  };
}

export const quoted = (etag: string): string => `"${etag}"`;

export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();

export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  return checksum === undefined
    ? {}
    : {
        [checksumHeader(checksum.algorithm)]: checksum.value,
        'x-amz-checksum-type': checksum.type,
      };
}

/** Bucket of a request to a bucket or object: the core has seen to it that there is one. */
export const bucketOf = (request: S3Request): string => request.bucket!;
/** Key of a request to an object. */
export const keyOf = (request: S3Request): string => request.key!;
