/** What an operation of the model gets, and how it takes a body. */
import { createHasher, parseChecksum } from '../../../cloud/s3/checksums.ts';
import { ChunkedDecoder } from '../../../cloud/s3/chunked-decoder.ts';
import { declaredBody } from '../../../cloud/s3/declared-body.ts';
import { S3Error } from '../../../cloud/s3/errors.ts';
import type { S3Request } from '../../../cloud/s3/request.ts';
import { md5, type S3Model, type StoredObject } from './model.ts';

export interface Call {
  model: S3Model;
  request: S3Request;
  key: string;
  body: Uint8Array;
}

/** The body without its framing, if it is what the headers declare. @throws S3Error */
export function receive(
  { request: { headers }, body }: Call,
  algorithm?: NonNullable<StoredObject['checksum']>['algorithm'],
): Pick<StoredObject, 'bytes' | 'etag' | 'checksum'> {
  const declared = declaredBody(headers);
  const decoder = declared.chunked ? new ChunkedDecoder() : undefined;
  const bytes = decoder === undefined ? body : Buffer.concat([...decoder.push(body)]);
  decoder?.end();
  if (bytes.length !== declared.length) throw new S3Error('IncompleteBody', 'The body has another length.');
  const digest = md5(bytes);
  if (declared.contentMd5 !== undefined && !declared.contentMd5.equals(digest)) {
    throw new S3Error('BadDigest', 'The Content-MD5 is not the one of the body.');
  }
  const name = declared.checksum?.algorithm ?? algorithm;
  if (name === undefined) return { bytes, etag: digest.toString('hex'), checksum: undefined };
  const hasher = createHasher(name);
  hasher.update(bytes);
  const computed = hasher.digest();
  const trailer = decoder?.trailers.get(`x-amz-checksum-${name.toLowerCase()}`);
  const expected =
    declared.checksum?.value ?? (trailer === undefined ? undefined : parseChecksum(name, trailer));
  if (expected !== undefined && !expected.equals(computed)) {
    throw new S3Error('BadDigest', `The ${name} is not the one of the body.`);
  }
  const checksum = { algorithm: name, value: computed.toString('base64'), type: 'FULL_OBJECT' as const };
  return { bytes, etag: digest.toString('hex'), checksum };
}
