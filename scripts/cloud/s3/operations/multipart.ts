/** CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload. */
import {
  CHECKSUM_PREFIX,
  type ChecksumType,
  checksumElement,
  isCrc,
  parseAlgorithm,
  parseChecksum,
} from '../checksums.ts';
import { type Completion, type ListedPart, MAX_PARTS } from '../completion.ts';
import type { Headers } from '../declared-body.ts';
import { invalidRequest } from '../errors.ts';
import type { Upload } from '../multipart.ts';
import { type Receiving, receiveDocument } from '../receive-body.ts';
import type { S3Request, S3Response } from '../request.ts';
import { childText, malformedXml, parseDocument, type XmlElement } from '../xml.ts';
import { authorizeTags, checksumHeaders, ENCRYPTION, quoted, versionOfWrite, xmlAnswer } from './answers.ts';
import type { OperationContext } from './operation.ts';
import { parsePartNumber } from './selection.ts';
import { headersToKeep, storeBody } from './upload.ts';

export function createUpload(context: OperationContext): S3Response {
  const { store, request, bucket, key } = context;
  authorizeTags(context);
  const checksum = uploadChecksum(request);
  const id = store.uploads.create({ bucket, key, headers: headersToKeep(request.headers), checksum });
  const answer = xmlAnswer('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id });
  Object.assign(answer.headers, ENCRYPTION);
  if (checksum !== undefined) {
    answer.headers['x-amz-checksum-algorithm'] = checksum.algorithm;
    answer.headers['x-amz-checksum-type'] = checksum.type;
  }
  return answer;
}

/** Amazon S3 User Guide, "Checking object integrity": which algorithms go with which type, and the defaults. */
function uploadChecksum({ headers }: S3Request): Upload['checksum'] {
  const name = headers['x-amz-checksum-algorithm']?.toUpperCase();
  const type = headers['x-amz-checksum-type']?.toUpperCase();
  if (name === undefined) {
    if (type === undefined) return undefined;
    throw invalidRequest('x-amz-checksum-type needs x-amz-checksum-algorithm.');
  }
  const algorithm = parseAlgorithm(name, `x-amz-checksum-algorithm: ${name}`);
  const allowed: ChecksumType[] =
    algorithm === 'CRC64NVME'
      ? ['FULL_OBJECT']
      : isCrc(algorithm)
        ? ['COMPOSITE', 'FULL_OBJECT']
        : ['COMPOSITE'];
  const chosen = allowed.find((candidate) => type === undefined || candidate === type);
  if (chosen === undefined) {
    throw invalidRequest(`The ${type} checksum type cannot be used with ${algorithm}.`);
  }
  return { algorithm, type: chosen };
}

const uploadId = ({ query }: S3Request): string => query.get('uploadId') ?? '';

const uploadOf = ({ store, request, bucket, key }: OperationContext): Upload =>
  store.uploads.get(bucket, key, uploadId(request));

export function* uploadPart(context: OperationContext): Receiving<S3Response> {
  const upload = uploadOf(context);
  const number = parsePartNumber(context.request.query.get('partNumber') ?? '');
  const algorithm = upload.checksum?.algorithm;
  return yield* storeBody(context, algorithm, (part, staged) => {
    const actual = part.checksum?.algorithm;
    if (algorithm !== undefined && actual !== algorithm) {
      throw invalidRequest(`The upload was created with ${algorithm}, the part has ${actual}.`);
    }
    context.store.uploads.putPart(upload, number, part, staged);
    const { 'x-amz-checksum-type': _, ...headers } = checksumHeaders(part.checksum);
    return { status: 200, headers: { etag: quoted(part.etag), ...headers, ...ENCRYPTION } };
  });
}

export function* completeUpload(context: OperationContext): Receiving<S3Response> {
  const { store, request } = context;
  const { headers } = request;
  const upload = store.uploads.get(context.bucket, context.key, uploadId(request), true);
  // Its x-amz-checksum-* are about the object, not about this document.
  const ofDocument = Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith(CHECKSUM_PREFIX)),
  );
  const document = yield* receiveDocument(ofDocument);
  const completion = readCompletion(document, headers, upload.checksum?.type);
  const record = store.uploads.complete(upload, completion, headers);
  const { checksum } = record;
  const answer = xmlAnswer('CompleteMultipartUploadResult', {
    Location: `${request.bucketUrl}/${encodeURIComponent(upload.key)}`,
    Bucket: upload.bucket,
    Key: upload.key,
    ETag: quoted(record.etag),
    ...(checksum && { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type }),
  });
  Object.assign(answer.headers, ENCRYPTION, versionOfWrite(context, record));
  return answer;
}

export function abortUpload({ store, request, bucket, key }: OperationContext): S3Response {
  store.uploads.abort(bucket, key, uploadId(request));
  return { status: 204, headers: {} };
}

/** @throws S3Error MalformedXML, InvalidRequest, NotImplemented */
function readCompletion(
  document: string,
  headers: Headers,
  uploadType: ChecksumType | undefined,
): Completion {
  const root = parseDocument(document, 'CompleteMultipartUpload');
  const completion: Completion = { parts: root.children.map(readPart) };
  if (completion.parts.length === 0) throw invalidRequest('You must specify at least one part');
  if (completion.parts.length > MAX_PARTS) {
    throw malformedXml(`${completion.parts.length} parts, 1 to ${MAX_PARTS} are allowed`);
  }
  const type = headers['x-amz-checksum-type']?.toUpperCase();
  if (type !== undefined && type !== uploadType) {
    throw invalidRequest(`The upload was not created with the checksum type ${type}.`);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(CHECKSUM_PREFIX) || name === 'x-amz-checksum-type') continue;
    const suffix = name.slice(CHECKSUM_PREFIX.length).toUpperCase();
    const algorithm = parseAlgorithm(suffix, `${name} of CompleteMultipartUpload`);
    completion.checksum = { algorithm, value };
  }
  const size = headers['x-amz-mp-object-size'];
  if (size !== undefined) {
    if (!/^\d{1,15}$/.test(size)) {
      throw invalidRequest(`x-amz-mp-object-size must be a count of bytes; got ${size}.`);
    }
    completion.size = Number(size);
  }
  return completion;
}

function readPart(element: XmlElement): ListedPart {
  if (element.name !== 'Part') throw malformedXml(`<${element.name}> instead of <Part>`);
  const number = childText(element, 'PartNumber')?.trim() ?? '';
  const etag = childText(element, 'ETag');
  if (!/^\d{1,5}$/.test(number) || etag === undefined) throw malformedXml('a <Part> without number or ETag');
  const part: ListedPart = { number: Number(number), etag };
  for (const { name, text } of element.children) {
    if (!name.startsWith('Checksum')) continue;
    const algorithm = parseAlgorithm(name.slice('Checksum'.length), `<${name}> of a part`);
    part.checksum = { algorithm, value: text.trim() };
    parseChecksum(algorithm, part.checksum.value);
  }
  return part;
}
