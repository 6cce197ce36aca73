/** Multipart uploads in the REST protocol. */
import { type Checksum, checksumElement, isChecksumAlgorithm, isCrc } from '../../../cloud/s3/checksums.ts';
import { S3Error } from '../../../cloud/s3/errors.ts';
import { checksumHeaders, quoted, xmlAnswer } from '../../../cloud/s3/operations/answers.ts';
import { readCompletion } from '../../../cloud/s3/operations/completion-document.ts';
import { headersToKeep } from '../../../cloud/s3/operations/object-headers.ts';
import { type Call, receive } from './receive.ts';

const MAX_PARTS = 10_000;

export function createUpload({ model, key, request: { headers } }: Call): ReturnType<typeof xmlAnswer> {
  const checksum = announcedChecksum(headers);
  const id = model.createUpload({ key, headers: headersToKeep(headers), checksum });
  const answer = xmlAnswer([
    'InitiateMultipartUploadResult',
    [
      ['Key', key],
      ['UploadId', id],
    ],
  ]);
  return checksum === undefined
    ? answer
    : {
        ...answer,
        headers: {
          ...answer.headers,
          'x-amz-checksum-algorithm': checksum.algorithm,
          'x-amz-checksum-type': checksum.type,
        },
      };
}

/** Amazon S3 User Guide, "Checking object integrity": which algorithms go with which type. */
function announcedChecksum(
  headers: Readonly<Record<string, string>>,
): Pick<Checksum, 'algorithm' | 'type'> | undefined {
  const algorithm = headers['x-amz-checksum-algorithm'];
  if (algorithm === undefined) return undefined;
  if (!isChecksumAlgorithm(algorithm)) throw new S3Error('InvalidRequest', `no checksum ${algorithm}`);
  const type = headers['x-amz-checksum-type'] ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  const isPossible =
    type === 'FULL_OBJECT' ? isCrc(algorithm) : type === 'COMPOSITE' && algorithm !== 'CRC64NVME';
  if (!isPossible) throw new S3Error('InvalidRequest', `${algorithm} can't be ${type}`);
  return { algorithm, type: type as Checksum['type'] };
}

export function uploadPart(call: Call): ReturnType<typeof xmlAnswer> {
  const {
    model,
    key,
    request: { query },
  } = call;
  const upload = model.upload(key, query.get('uploadId')!);
  const number = Number(query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > MAX_PARTS) {
    throw new S3Error('InvalidArgument', `Part number must be from 1 to ${MAX_PARTS}`);
  }
  const wanted = upload.checksum?.algorithm;
  const part = receive(call, wanted);
  if (wanted !== undefined && part.checksum?.algorithm !== wanted) {
    throw new S3Error('InvalidRequest', `The upload was created with ${wanted}.`);
  }
  upload.parts.set(number, { ...part, modified: 0 });
  const { 'x-amz-checksum-type': _, ...checksum } = checksumHeaders(part.checksum);
  return { status: 200, headers: { etag: quoted(part.etag), ...checksum } };
}

export function completeUpload({ model, key, body, request }: Call): ReturnType<typeof xmlAnswer> {
  const { headers, query } = request;
  const id = query.get('uploadId')!;
  const upload = model.upload(key, id);
  const { parts, ...declared } = readCompletion(Buffer.from(body).toString(), headers, upload.checksum?.type);
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  const { etag, checksum } = model.complete(id, upload, parts, declared, { ifMatch, ifNoneMatch });
  return xmlAnswer([
    'CompleteMultipartUploadResult',
    [
      ['Key', key],
      ['ETag', quoted(etag)],
      [checksum ? checksumElement(checksum.algorithm) : 'ChecksumType', checksum?.value],
      ['ChecksumType', checksum?.type],
    ],
  ]);
}
