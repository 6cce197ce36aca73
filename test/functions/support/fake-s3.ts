/**
 * S3 for unit tests: aws-sdk-client-mock on the real client, with S3's conditional semantics. A command that no rule
 * here answers is an error, not an empty success.
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';

/** An error as the SDK throws it. */
export function s3Error(status: number, name: string): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
}

interface Conditions {
  IfMatch?: string | undefined;
  IfNoneMatch?: string | undefined;
}

export function fakeS3() {
  const mock = mockClient(S3Client);
  const objects = new Map<string, { body: Uint8Array; etag: string }>();
  const uploads = new Map<string, Map<number, Uint8Array>>();
  let writes = 0;

  const store = (key: string, body: Uint8Array, { IfMatch, IfNoneMatch }: Conditions): { ETag: string } => {
    const current = objects.get(key);
    if (IfNoneMatch === '*' && current !== undefined) throw s3Error(412, 'PreconditionFailed');
    if (IfMatch !== undefined && current === undefined) throw s3Error(404, 'NoSuchKey');
    if (IfMatch !== undefined && current?.etag !== IfMatch) throw s3Error(412, 'PreconditionFailed');
    const etag = `"${++writes}"`;
    objects.set(key, { body: Uint8Array.from(body), etag });
    return { ETag: etag };
  };

  mock.rejects(new Error('a command that the fake does not know'));
  mock.on(PutObjectCommand).callsFake(async (input) => store(input.Key, input.Body as Uint8Array, input));
  mock.on(GetObjectCommand).callsFake(async ({ Key, IfNoneMatch }) => {
    const object = objects.get(Key);
    if (object === undefined) throw s3Error(404, 'NoSuchKey');
    if (IfNoneMatch === object.etag) throw s3Error(304, 'NotModified');
    return { ETag: object.etag, Body: { transformToByteArray: async () => Uint8Array.from(object.body) } };
  });
  mock.on(HeadObjectCommand).callsFake(async ({ Key }) => {
    const object = objects.get(Key);
    if (object === undefined) throw s3Error(404, 'NotFound');
    return { ContentLength: object.body.length, ETag: object.etag };
  });
  mock.on(ListObjectsV2Command).callsFake(async ({ Prefix, Delimiter, ContinuationToken }) => {
    const keys = [...objects.keys()].filter((key) => key.startsWith(Prefix)).sort();
    if (Delimiter !== undefined) {
      const folders = keys.filter((key) => key.slice(Prefix.length).includes('/'));
      const names = new Set(folders.map((key) => `${Prefix}${key.slice(Prefix.length).split('/')[0]}/`));
      return { CommonPrefixes: [...names].map((name) => ({ Prefix: name })) };
    }
    // Pages of two, so that every caller proves that it follows them.
    const start = Number(ContinuationToken ?? 0);
    const more = start + 2 < keys.length;
    return {
      Contents: keys.slice(start, start + 2).map((Key) => ({ Key })),
      ...(more ? { NextContinuationToken: String(start + 2) } : {}),
    };
  });
  mock.on(CreateMultipartUploadCommand).callsFake(async () => {
    const UploadId = `upload-${uploads.size}`;
    uploads.set(UploadId, new Map());
    return { UploadId };
  });
  mock.on(UploadPartCommand).callsFake(async ({ UploadId, PartNumber, Body }) => {
    uploads.get(UploadId)!.set(PartNumber, Uint8Array.from(Body as Uint8Array));
    return { ETag: `"part-${PartNumber}"` };
  });
  mock.on(CompleteMultipartUploadCommand).callsFake(async (input) => {
    const parts = uploads.get(input.UploadId)!;
    const bodies = input.MultipartUpload.Parts.map(
      (part: { PartNumber: number }) => parts.get(part.PartNumber)!,
    );
    const answer = store(input.Key, Buffer.concat(bodies), input);
    uploads.delete(input.UploadId);
    return answer;
  });
  mock.on(AbortMultipartUploadCommand).callsFake(async ({ UploadId }) => {
    uploads.delete(UploadId);
    return {};
  });

  return {
    mock,
    objects,
    uploads,
    /** The object as JSON. */
    json: (key: string) =>
      JSON.parse(Buffer.from(objects.get(key)!.body).toString()) as Record<string, unknown>,
    reset(): void {
      objects.clear();
      uploads.clear();
    },
  };
}

export type FakeS3 = ReturnType<typeof fakeS3>;
