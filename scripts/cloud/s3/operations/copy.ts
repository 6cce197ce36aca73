/** CopyObject, UploadPartCopy. */
import { type ChecksumAlgorithm, checksumElement, parseAlgorithm } from '../checksums.ts';
import { checkCopySource } from '../conditions.ts';
import { type CopySource, parseSource, parseSourceRange, SOURCE } from '../copy-source.ts';
import type { Headers } from '../declared-body.ts';
import { invalidArgument, invalidRequest, notImplemented, S3Error } from '../errors.ts';
import type { Receiving } from '../receive-body.ts';
import type { ObjectRecord } from '../records.ts';
import type { S3Response } from '../request.ts';
import { parseTagHeader, TAGGING, writeTagHeader } from '../tags.ts';
import { authorizeTags, ENCRYPTION, isoTime, quoted, versionOfWrite, xmlAnswer } from './answers.ts';
import type { OperationContext } from './operation.ts';
import { parsePartNumber } from './selection.ts';
import { copyBytes, headersToKeep } from './upload.ts';

const METADATA_DIRECTIVE = 'x-amz-metadata-directive';
const TAGGING_DIRECTIVE = 'x-amz-tagging-directive';
const SOURCE_HEADERS = [
  SOURCE,
  ...['match', 'none-match', 'modified-since', 'unmodified-since'].map((name) => `${SOURCE}-if-${name}`),
];
export const COPY_HEADERS = [...SOURCE_HEADERS, METADATA_DIRECTIVE, TAGGING_DIRECTIVE, TAGGING];
export const PART_COPY_HEADERS = [...SOURCE_HEADERS, `${SOURCE}-range`];

export function* copyObject(context: OperationContext): Receiving<S3Response> {
  const { store, request, bucket, key } = context;
  const { headers } = request;
  const source = findSource(context);
  const { record } = source;
  const replaces = readDirective(headers, METADATA_DIRECTIVE, 'metadata') === 'REPLACE';
  const tags = tagsOf(context, source);
  const isCurrent = record.version === store.objects.find(bucket, key)?.version;
  const isItself = source.bucket === bucket && source.key === key && isCurrent;
  if (isItself && !replaces && !CHANGES.some((name) => name in headers)) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const { [TAGGING]: _, ...kept } = replaces ? headersToKeep(headers) : record.headers;
  const range = parseSourceRange({}, record.size);
  const made = yield* copyBytes(store, record, range, algorithmOf(headers, record), (copied, staged) =>
    store.objects.put(bucket, { key, headers: { ...kept, ...tags }, ...copied }, staged, headers),
  );
  const answer = resultAnswer('CopyObjectResult', made);
  Object.assign(answer.headers, source.headers, versionOfWrite(context, made));
  return answer;
}

/** The tags of the copy, which whoever makes it may read and write. @throws S3Error AccessDenied, InvalidArgument */
function tagsOf(context: OperationContext, { record, ...source }: FoundSource): Record<string, string> {
  const { request, authorize, bucket, key } = context;
  if (readDirective(request.headers, TAGGING_DIRECTIVE, 'tagging') === 'REPLACE') {
    authorizeTags(context);
    const given = writeTagHeader(parseTagHeader(request.headers[TAGGING] ?? ''));
    return given === undefined ? {} : { [TAGGING]: given };
  }
  const tags = record.headers[TAGGING];
  if (tags === undefined) return {};
  const read = source.version === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging';
  authorize({ action: read, bucket: source.bucket, key: source.key, version: source.version });
  authorize({ action: 's3:PutObjectTagging', bucket, key });
  return { [TAGGING]: tags };
}

/** Given, they make a copy of an object onto itself one that may change something. */
const CHANGES = ['x-amz-storage-class', 'x-amz-server-side-encryption'];

export function* uploadPartCopy(context: OperationContext): Receiving<S3Response> {
  const { store, request, bucket, key } = context;
  const { query, headers } = request;
  const { record, headers: sourceHeaders } = findSource(context);
  const upload = store.uploads.get(bucket, key, query.get('uploadId') ?? '');
  const number = parsePartNumber(query.get('partNumber') ?? '');
  const range = parseSourceRange(headers, record.size);
  const made = yield* copyBytes(store, record, range, upload.checksum?.algorithm, (copied, staged) => {
    const modified = store.uploads.putPart(upload, number, copied, staged);
    return { ...copied, modified };
  });
  const answer = resultAnswer('CopyPartResult', made);
  Object.assign(answer.headers, sourceHeaders);
  return answer;
}

interface FoundSource extends CopySource {
  record: ObjectRecord;
  /** Of the answer: which version it was. */
  headers: Record<string, string>;
}

/** What is to be copied, if the caller may read it there and write here, and the conditions hold. */
function findSource({ store, request, bucket, key, authorize }: OperationContext): FoundSource {
  const source = parseSource(request.headers);
  authorize({ action: 's3:PutObject', bucket, key });
  authorize({ action: source.version === undefined ? 's3:GetObject' : 's3:GetObjectVersion', ...source });
  store.buckets.require(bucket);
  const record = readSource();
  checkCopySource(record, request.headers, store.now());
  const isVersioned = store.buckets.versioning(source.bucket) !== undefined;
  const headers: Record<string, string> = isVersioned
    ? { 'x-amz-copy-source-version-id': record.version }
    : {};
  return { ...source, record, headers };

  function readSource(): ObjectRecord {
    try {
      return store.objects.get(source.bucket, source.key, source.version);
    } catch (error) {
      if (!(error instanceof S3Error) || error.code !== 'MethodNotAllowed') throw error;
      const message =
        'The source of a copy request may not specifically refer to a delete marker by version id.';
      throw invalidRequest(message);
    }
  }
}

/** @throws S3Error InvalidArgument */
function readDirective(headers: Headers, name: string, what: string): string {
  const value = headers[name] ?? 'COPY';
  if (value !== 'COPY' && value !== 'REPLACE') {
    throw invalidArgument(name, value, `Unknown ${what} directive.`);
  }
  return value;
}

/** That of the source, unless another is asked for. */
function algorithmOf(headers: Headers, { checksum }: ObjectRecord): ChecksumAlgorithm | undefined {
  const { 'x-amz-checksum-algorithm': asked, ...more } = headers;
  const other = Object.keys(more).find((name) => name.startsWith('x-amz-checksum-'));
  if (other !== undefined) throw notImplemented(`${other} of a copy`);
  if (asked === undefined) return checksum?.algorithm;
  return parseAlgorithm(asked.toUpperCase(), `x-amz-checksum-algorithm: ${asked}`);
}

function resultAnswer(
  root: string,
  { etag, modified, checksum }: Pick<ObjectRecord, 'etag' | 'modified' | 'checksum'>,
): S3Response {
  const answer = xmlAnswer(root, {
    LastModified: isoTime(modified),
    ETag: quoted(etag),
    ...(checksum && { [checksumElement(checksum.algorithm)]: checksum.value }),
    // A part has a value only.
    ChecksumType: root === 'CopyObjectResult' ? checksum?.type : undefined,
  });
  Object.assign(answer.headers, ENCRYPTION);
  return answer;
}
