/** ListBuckets, CreateBucket, HeadBucket, DeleteBucket, GetBucketLocation. */
import { notImplemented, S3Error } from '../errors.ts';
import { type Receiving, receiveDocument } from '../receive-body.ts';
import type { S3Response } from '../request.ts';
import { malformedXml, parseDocument } from '../xml.ts';
import { isoTime, OWNER, xmlAnswer } from './answers.ts';
import type { OperationContext } from './operation.ts';

const REGION = 'us-east-1';
/** eu-west-1, us-gov-east-1, and the name that Europe's first region had when it was the only one. */
const REGION_NAME = /^(?:EU|[a-z]{2}(?:-[a-z]+){1,2}-\d)$/;

export function listBuckets({ store }: OperationContext): S3Response {
  const buckets = store.buckets.list();
  return xmlAnswer('ListAllMyBucketsResult', {
    Owner: OWNER,
    Buckets: { Bucket: buckets.map(({ name, created }) => ({ Name: name, CreationDate: isoTime(created) })) },
  });
}

export function* createBucket({ store, request, bucket }: OperationContext): Receiving<S3Response> {
  const document = yield* receiveDocument(request.headers);
  if (document !== '') {
    const { children } = parseDocument(document, 'CreateBucketConfiguration');
    // Anything else in it would change how the bucket behaves.
    const other = children.find((child) => child.name !== 'LocationConstraint');
    if (other !== undefined) throw notImplemented(`${other.name} of CreateBucket`);
    for (const { text } of children) checkLocation(text.trim());
  }
  store.buckets.create(bucket);
  return { status: 200, headers: { location: `/${bucket}` } };
}

/** What the endpoint of us-east-1 says: that region has no name here, and it makes no buckets for the others. */
function checkLocation(region: string): void {
  if (region === '') throw malformedXml('an empty <LocationConstraint>');
  if (region === REGION || !REGION_NAME.test(region)) {
    throw new S3Error('InvalidLocationConstraint', 'The specified location-constraint is not valid', {
      LocationConstraint: region,
    });
  }
  throw new S3Error(
    'IllegalLocationConstraintException',
    `The ${region} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}

export function headBucket({ store, bucket }: OperationContext): S3Response {
  store.buckets.require(bucket);
  return { status: 200, headers: { 'x-amz-bucket-region': REGION } };
}

export function deleteBucket({ store, bucket }: OperationContext): S3Response {
  store.deleteBucket(bucket);
  return { status: 204, headers: {} };
}

/** The first region has no name here. */
export function getLocation({ store, bucket }: OperationContext): S3Response {
  store.buckets.require(bucket);
  return xmlAnswer('LocationConstraint', {});
}
