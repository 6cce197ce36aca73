/** Pieces of answers that several operations share. */
import { type Checksum, checksumHeader } from '../checksums.ts';
import { invalidArgument } from '../errors.ts';
import type { ObjectRecord } from '../records.ts';
import type { S3Request, S3Response } from '../request.ts';
import { TAGGING } from '../tags.ts';
import { S3_NAMESPACE, writeXml, type XmlFields } from '../xml.ts';
import type { OperationContext } from './operation.ts';

export const xmlAnswer = (root: string, content: XmlFields | XmlFields[]): S3Response => ({
  status: 200,
  headers: { 'content-type': 'application/xml' },
  body: writeXml(root, content, S3_NAMESPACE),
});

export const quoted = (etag: string): string => `"${etag}"`;

/** Who owns everything here. */
export const OWNER = { ID: 'local' };

/** What every bucket does by default; shown because S3 shows it. */
export const ENCRYPTION = { 'x-amz-server-side-encryption': 'AES256' };

/** S3 writes milliseconds, but its times are whole seconds. */
export const isoTime = (milliseconds: number): string =>
  new Date(Math.floor(milliseconds / 1000) * 1000).toISOString();

export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (checksum === undefined) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** Who tags what is written needs a permission of its own for it. @throws S3Error AccessDenied */
export function authorizeTags({ request, bucket, key, authorize }: OperationContext): void {
  if (request.headers[TAGGING] !== undefined) authorize({ action: 's3:PutObjectTagging', bucket, key });
}

/** The version that a request names. @throws S3Error InvalidArgument when it is empty */
export function versionIdOf({ query }: S3Request): string | undefined {
  const id = query.get('versionId') ?? undefined;
  if (id === '') throw invalidArgument('versionId', id, 'Version id cannot be the empty string');
  return id;
}

/** What tells the version of what was written: only where each write makes one. */
export const versionOfWrite = (
  { store, bucket }: Pick<OperationContext, 'store' | 'bucket'>,
  { version }: ObjectRecord,
): Record<string, string> =>
  store.buckets.versioning(bucket) === 'Enabled' ? { 'x-amz-version-id': version } : {};
