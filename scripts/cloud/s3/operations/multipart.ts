/** CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload. */
import {
  CHECKSUM_PREFIX,
  type ChecksumAlgorithm,
  type ChecksumType,
  checksumElement,
  isChecksumAlgorithm,
  isCrc,
} from '../checksums.ts';
import { MAX_PARTS } from '../completion.ts';
import { notImplemented, S3Error } from '../errors.ts';
import type { Upload } from '../multipart.ts';
import { type Receiving, receiveDocument } from '../receive-body.ts';
import type { S3Request, S3Response } from '../request.ts';
import { bucketOf, checksumHeaders, keyOf, quoted, xmlAnswer } from './answers.ts';
import { readCompletion } from './completion-document.ts';
import { headersToKeep } from './object-headers.ts';
import type { Operation, OperationContext } from './operation.ts';
import { storeBody } from './upload-body.ts';

function createUpload({ store, request }: OperationContext): S3Response {
  const bucket = bucketOf(request);
  const key = keyOf(request);
  const checksum = uploadChecksum(request);
  const id = store.uploads.create({
    bucket,
    key,
    headers: headersToKeep(request.headers),
    checksum,
  });
  const answer = xmlAnswer([
    'InitiateMultipartUploadResult',
    [
      ['Bucket', bucket],
      ['Key', key],
      ['UploadId', id],
    ],
  ]);
  if (checksum !== undefined) {
    answer.headers['x-amz-checksum-algorithm'] = checksum.algorithm;
    answer.headers['x-amz-checksum-type'] = checksum.type;
  }
  return answer;
}

/** Amazon S3 User Guide, "Checking object integrity": which algorithms go with which type, and the defaults. */
function uploadChecksum({ headers }: S3Request): Upload['checksum'] {
  const algorithm = headers['x-amz-checksum-algorithm']?.toUpperCase();
  const type = headers['x-amz-checksum-type']?.toUpperCase();
  if (algorithm === undefined) {
    if (type === undefined) return undefined;
    throw new S3Error('InvalidRequest', 'x-amz-checksum-type needs x-amz-checksum-algorithm.');
  }
  if (!isChecksumAlgorithm(algorithm)) throw notImplemented(`x-amz-checksum-algorithm: ${algorithm}`);
  const allowed: ChecksumType[] =
    algorithm === 'CRC64NVME'
      ? ['FULL_OBJECT']
      : isCrc(algorithm)
        ? ['COMPOSITE', 'FULL_OBJECT']
        : ['COMPOSITE'];
  const chosen = allowed.find((candidate) => type === undefined || candidate === type);
  if (chosen === undefined) {
    throw new S3Error('InvalidRequest', `The ${type} checksum type cannot be used with ${algorithm}.`);
  }
  return { algorithm, type: chosen };
}

function uploadOf({ store, request }: OperationContext): Upload {
  return store.uploads.get(bucketOf(request), keyOf(request), request.query.get('uploadId') ?? '');
}

function* uploadPart(context: OperationContext): Receiving<S3Response> {
  const { store, request } = context;
  const upload = uploadOf(context);
  const number = partNumber(request);
  const algorithm = upload.checksum?.algorithm;
  return yield* storeBody(context, algorithm, ({ size, md5, checksum }, staged) => {
    requireAlgorithm(algorithm, checksum?.algorithm);
    const etag = md5.toString('hex');
    const full = checksum && { ...checksum, type: 'FULL_OBJECT' as const };
    store.uploads.putPart(upload, number, { size, etag, checksum: full }, staged);
    const { 'x-amz-checksum-type': _, ...headers } = checksumHeaders(full);
    return { status: 200, headers: { etag: quoted(etag), ...headers } };
  });
}

function requireAlgorithm(
  expected: ChecksumAlgorithm | undefined,
  actual: ChecksumAlgorithm | undefined,
): void {
  if (expected !== undefined && actual !== expected) {
    throw new S3Error('InvalidRequest', `The upload was created with ${expected}, the part has ${actual}.`);
  }
}

function partNumber({ query }: S3Request): number {
  const value = query.get('partNumber') ?? '';
  const number = Number(value);
  if (!/^\d{1,5}$/.test(value) || number < 1 || number > MAX_PARTS) {
    throw new S3Error('InvalidArgument', `Part number must be an integer between 1 and ${MAX_PARTS}`, {
      ArgumentName: 'partNumber',
      ArgumentValue: value,
    });
  }
  return number;
}

function* completeUpload(context: OperationContext): Receiving<S3Response> {
  const { store, request } = context;
  const { headers } = request;
  const upload = uploadOf(context);
  // Its x-amz-checksum-* are about the object, not about this document.
  const ofDocument = Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith(CHECKSUM_PREFIX)),
  );
  const document = yield* receiveDocument(ofDocument);
  const completion = readCompletion(document, headers, upload.checksum?.type);
  const record = store.uploads.complete(upload, completion, headers);
  const { checksum } = record;
  return xmlAnswer([
    'CompleteMultipartUploadResult',
    [
      ['Location', `http://${headers.host}/${upload.bucket}/${encodeURIComponent(upload.key)}`],
      ['Bucket', upload.bucket],
      ['Key', upload.key],
      ['ETag', quoted(record.etag)],
      [checksum ? checksumElement(checksum.algorithm) : 'ChecksumType', checksum?.value],
      ['ChecksumType', checksum?.type],
    ],
  ]);
}

function abortUpload({ store, request }: OperationContext): S3Response {
  store.uploads.abort(bucketOf(request), keyOf(request), request.query.get('uploadId') ?? '');
  return { status: 204, headers: {} };
}

export const MULTIPART_OPERATIONS: readonly Operation[] = [
  {
    name: 'CreateMultipartUpload',
    method: 'POST',
    level: 'object',
    action: 's3:PutObject',
    selectors: { uploads: '' },
    run: createUpload,
  },
  {
    name: 'UploadPart',
    method: 'PUT',
    level: 'object',
    action: 's3:PutObject',
    selectors: { uploadId: '', partNumber: '' },
    run: uploadPart,
  },
  {
    name: 'CompleteMultipartUpload',
    method: 'POST',
    level: 'object',
    action: 's3:PutObject',
    selectors: { uploadId: '' },
    conditions: ['if-match', 'if-none-match'],
    run: completeUpload,
  },
  {
    name: 'AbortMultipartUpload',
    method: 'DELETE',
    level: 'object',
    action: 's3:AbortMultipartUpload',
    selectors: { uploadId: '' },
    run: abortUpload,
  },
];
