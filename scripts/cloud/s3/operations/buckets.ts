/** ListBuckets, CreateBucket, HeadBucket. */
import { notImplemented } from '../errors.ts';
import { type Receiving, receiveDocument } from '../receive-body.ts';
import type { S3Response } from '../request.ts';
import { parseDocument } from '../xml.ts';
import { isoTime, xmlAnswer } from './answers.ts';
import type { OperationContext } from './operation.ts';

export function listBuckets({ store }: OperationContext): S3Response {
  const buckets = store.buckets.list();
  return xmlAnswer('ListAllMyBucketsResult', {
    Owner: { ID: 'local' },
    Buckets: { Bucket: buckets.map(({ name, created }) => ({ Name: name, CreationDate: isoTime(created) })) },
  });
}

export function* createBucket({ store, request, bucket }: OperationContext): Receiving<S3Response> {
  const document = yield* receiveDocument(request.headers);
  if (document !== '') {
    const { children } = parseDocument(document, 'CreateBucketConfiguration');
    // All regions are this machine; anything else in it would change how the bucket behaves.
    const other = children.find((child) => child.name !== 'LocationConstraint');
    if (other !== undefined) throw notImplemented(`${other.name} of CreateBucket`);
  }
  store.buckets.create(bucket);
  return { status: 200, headers: { location: `/${bucket}` } };
}

export function headBucket({ store, bucket }: OperationContext): S3Response {
  store.buckets.require(bucket);
  return { status: 200, headers: { 'x-amz-bucket-region': 'us-east-1' } };
}
