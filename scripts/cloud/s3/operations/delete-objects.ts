/** DeleteObjects: up to 1,000 keys in one request, each with its own outcome. */
import { notImplemented, S3Error } from '../errors.ts';
import { type Receiving, receiveDocument } from '../receive-body.ts';
import type { S3Response } from '../request.ts';
import { childText, malformedXml, parseXml, type XmlElement, type XmlNode } from '../xml.ts';
import { bucketOf, xmlAnswer } from './answers.ts';
import type { Operation, OperationContext } from './operation.ts';

const MAX_KEYS = 1000;

interface Deletion {
  key: string;
  ifMatch: string | undefined;
}

function* deleteObjects(context: OperationContext): Receiving<S3Response> {
  const { store, request } = context;
  const bucket = bucketOf(request);
  store.buckets.require(bucket);
  const { headers } = request;
  if (headers['content-md5'] === undefined && headers['x-amz-sdk-checksum-algorithm'] === undefined) {
    if (!Object.keys(headers).some((name) => name.startsWith('x-amz-checksum-'))) {
      throw new S3Error(
        'InvalidRequest',
        'Missing required header for this request: Content-MD5 or a checksum.',
      );
    }
  }
  const document = parseXml(yield* receiveDocument(headers));
  if (document.name !== 'Delete') throw malformedXml(`<${document.name}> instead of <Delete>`);
  const quiet = childText(document, 'Quiet')?.trim() === 'true';
  const deletions = document.children.filter((child) => child.name === 'Object').map(readDeletion);
  if (deletions.length === 0 || deletions.length > MAX_KEYS) {
    throw malformedXml(`${deletions.length} keys, 1 to ${MAX_KEYS} are allowed`);
  }

  const outcomes: XmlNode[] = [];
  for (const deletion of deletions) {
    const outcome = deleteOne(context, bucket, deletion);
    if (!quiet || outcome[0] === 'Error') outcomes.push(outcome);
  }
  return xmlAnswer(['DeleteResult', outcomes]);
}

function deleteOne(
  { store, authorize }: OperationContext,
  bucket: string,
  { key, ifMatch }: Deletion,
): XmlNode {
  try {
    authorize({ action: 's3:DeleteObject', bucket, key });
    store.objects.delete(bucket, key, ifMatch);
    return ['Deleted', [['Key', key]]];
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return [
      'Error',
      [
        ['Key', key],
        ['Code', error.code],
        ['Message', error.message],
      ],
    ];
  }
}

function readDeletion(object: XmlElement): Deletion {
  const key = childText(object, 'Key');
  if (key === undefined || key === '') throw malformedXml('an <Object> without <Key>');
  const other = object.children.find((child) => !['Key', 'ETag'].includes(child.name));
  if (other !== undefined) throw notImplemented(`${other.name} of DeleteObjects`);
  return { key, ifMatch: childText(object, 'ETag') };
}

export const DELETE_OPERATIONS: readonly Operation[] = [
  {
    name: 'DeleteObjects',
    method: 'POST',
    level: 'bucket',
    // Asked for key by key.
    action: '',
    selectors: { delete: '' },
    run: deleteObjects,
  },
];
