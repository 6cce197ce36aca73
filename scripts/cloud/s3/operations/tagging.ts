/** GetObjectTagging, PutObjectTagging, DeleteObjectTagging. */
import { type Receiving, receiveDocument } from '../receive-body.ts';
import type { S3Response } from '../request.ts';
import { parseTagging, parseTagHeader, TAGGING, type Tag, writeTagHeader } from '../tags.ts';
import { parseDocument } from '../xml.ts';
import { versionIdOf, xmlAnswer } from './answers.ts';
import type { OperationContext } from './operation.ts';

export function getTagging(context: OperationContext): S3Response {
  const { headers, version } = find(context);
  const tags = parseTagHeader(headers[TAGGING] ?? '');
  const answer = xmlAnswer('Tagging', { TagSet: { Tag: tags.map(([Key, Value]) => ({ Key, Value })) } });
  Object.assign(answer.headers, versionHeader(context, version));
  return answer;
}

export function* putTagging(context: OperationContext): Receiving<S3Response> {
  find(context);
  const document = yield* receiveDocument(context.request.headers);
  return replace(context, parseTagging(parseDocument(document, 'Tagging')), 200);
}

export const deleteTagging = (context: OperationContext): S3Response => replace(context, [], 204);

/** The object stays the same, with its time. */
function replace(context: OperationContext, tags: readonly Tag[], status: number): S3Response {
  const { store, bucket } = context;
  const record = find(context);
  const { [TAGGING]: _, ...headers } = record.headers;
  const header = writeTagHeader(tags);
  store.objects.setHeaders(
    bucket,
    record,
    header === undefined ? headers : { ...headers, [TAGGING]: header },
  );
  return { status, headers: versionHeader(context, record.version) };
}

const find = ({ store, request, bucket, key }: OperationContext) =>
  store.objects.get(bucket, key, versionIdOf(request));

const versionHeader = ({ store, bucket }: OperationContext, version: string): Record<string, string> =>
  store.buckets.versioning(bucket) === undefined ? {} : { 'x-amz-version-id': version };
