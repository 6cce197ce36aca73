/** ListBuckets, CreateBucket, HeadBucket. */
import { notImplemented } from '../errors.ts';
import { type Receiving, receiveDocument } from '../receive-body.ts';
import type { S3Response } from '../request.ts';
import { parseDocument } from '../xml.ts';
import { bucketOf, isoTime, xmlAnswer } from './answers.ts';
import type { Operation, OperationContext } from './operation.ts';

function listBuckets({ store }: OperationContext): S3Response {
  const buckets = store.buckets.list();
  return xmlAnswer([
    'ListAllMyBucketsResult',
    [
      ['Owner', [['ID', 'local']]],
      [
        'Buckets',
        buckets.map(({ name, created }) => [
          'Bucket',
          [
            ['Name', name],
            ['CreationDate', isoTime(created)],
          ],
        ]),
      ],
    ],
  ]);
}

function* createBucket({ store, request }: OperationContext): Receiving<S3Response> {
  const document = yield* receiveDocument(request.headers);
  if (document !== '') {
    const { children } = parseDocument(document, 'CreateBucketConfiguration');
    // All regions are this machine; anything else in it would change how the bucket behaves.
    const other = children.find((child) => child.name !== 'LocationConstraint');
    if (other !== undefined) throw notImplemented(`${other.name} of CreateBucket`);
  }
  const bucket = bucketOf(request);
  store.buckets.create(bucket);
  return { status: 200, headers: { location: `/${bucket}` } };
}

function headBucket({ store, request }: OperationContext): S3Response {
  store.buckets.require(bucketOf(request));
  return { status: 200, headers: { 'x-amz-bucket-region': 'us-east-1' } };
}

export const BUCKET_OPERATIONS: readonly Operation[] = [
  {
    name: 'ListBuckets',
    method: 'GET',
    level: 'service',
    action: 's3:ListAllMyBuckets',
    run: listBuckets,
  },
  {
    name: 'CreateBucket',
    method: 'PUT',
    level: 'bucket',
    action: 's3:CreateBucket',
    run: createBucket,
  },
  {
    name: 'HeadBucket',
    method: 'HEAD',
    level: 'bucket',
    action: 's3:ListBucket',
    run: headBucket,
  },
];
