/** DeleteObjects: up to 1,000 keys in one request, each with its own outcome. */
import { CHECKSUM_PREFIX } from '../checksums.ts';
import type { Headers } from '../declared-body.ts';
import { invalidRequest, notImplemented, S3Error } from '../errors.ts';
import { type Receiving, receiveDocument, TURN } from '../receive-body.ts';
import type { S3Response } from '../request.ts';
import { childText, malformedXml, parseDocument, type XmlElement, type XmlFields } from '../xml.ts';
import { xmlAnswer } from './answers.ts';
import type { OperationContext } from './operation.ts';

const MAX_KEYS = 1000;
/** Keys that are deleted before others get their turn: each is a transaction of its own. */
const SLICE_KEYS = 50;
const KNOWN = ['Key', 'VersionId', 'ETag'];

export function* deleteObjects(context: OperationContext): Receiving<S3Response> {
  const { store, request, bucket } = context;
  store.buckets.require(bucket);
  const { headers } = request;
  const isChecked = (name: string) =>
    ['content-md5', 'x-amz-sdk-checksum-algorithm'].includes(name) || name.startsWith(CHECKSUM_PREFIX);
  if (!Object.keys(headers).some(isChecked)) {
    throw invalidRequest('Missing required header for this request: Content-MD5 or a checksum.');
  }
  const document = parseDocument(yield* receiveDocument(headers), 'Delete');
  const quiet = childText(document, 'Quiet')?.trim() === 'true';
  const deletions = document.children.filter((child) => child.name === 'Object').map(readDeletion);
  if (deletions.length === 0 || deletions.length > MAX_KEYS) {
    throw malformedXml(`${deletions.length} keys, 1 to ${MAX_KEYS} are allowed`);
  }

  const outcomes: XmlFields[] = [];
  for (const deletion of deletions) {
    if (outcomes.length % SLICE_KEYS === SLICE_KEYS - 1) yield TURN;
    outcomes.push(deleteOne(context, deletion));
  }
  return xmlAnswer('DeleteResult', quiet ? outcomes.filter((outcome) => 'Error' in outcome) : outcomes);
}

interface Deletion {
  key: string;
  version: string | undefined;
  /** As DeleteObject has them in its headers. */
  conditions: Headers;
}

function deleteOne(
  { store, authorize, bucket }: OperationContext,
  { key, version, conditions }: Deletion,
): XmlFields {
  try {
    if (version !== undefined) {
      authorize({ action: 's3:DeleteObjectVersion', bucket, key, version });
      const { isMarker } = store.objects.deleteVersion(bucket, key, version);
      const marker = isMarker && { DeleteMarker: true, DeleteMarkerVersionId: version };
      return { Deleted: { Key: key, VersionId: version, ...marker } };
    }
    authorize({ action: 's3:DeleteObject', bucket, key });
    const made = store.objects.delete(bucket, key, conditions);
    const marker = made.isMarker && { DeleteMarker: true, DeleteMarkerVersionId: made.version };
    return { Deleted: { Key: key, ...marker } };
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return { Error: { Key: key, VersionId: version, Code: error.code, Message: error.message } };
  }
}

function readDeletion(object: XmlElement): Deletion {
  const key = childText(object, 'Key');
  if (key === undefined || key === '') throw malformedXml('an <Object> without <Key>');
  const other = object.children.find((child) => !KNOWN.includes(child.name));
  if (other !== undefined) throw notImplemented(`${other.name} of DeleteObjects`);
  const etag = childText(object, 'ETag');
  const version = childText(object, 'VersionId');
  if (etag !== undefined && version !== undefined)
    throw notImplemented('ETag with VersionId of DeleteObjects');
  return { key, version, conditions: etag === undefined ? {} : { 'if-match': etag } };
}
