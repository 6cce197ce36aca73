/**
 * S3 for unit tests: aws-sdk-client-mock on the real client, with S3's conditional semantics. A command that no rule
 * here answers is an error, not an empty success.
 */
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { logger } from '../../../functions/observe/logging.ts';

// What goes wrong in these tests is meant to; they look at what is thrown and stored.
logger.setLogLevel('SILENT');

/** An error as the SDK throws it. */
export function s3Error(status: number, name: string): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
}

// biome-ignore lint/suspicious/noExplicitAny: each command has an input of its own
type Input = any;
type Hook = (input: Input, perform: () => unknown) => unknown;

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
  const hooks = new Map<unknown, Hook>();
  const on = (command: unknown, fake: (input: Input) => unknown) =>
    mock.on(command as typeof GetObjectCommand).callsFake(async (input: Input) => {
      const hook = hooks.get(command);
      hooks.delete(command);
      return hook === undefined ? fake(input) : hook(input, () => fake(input));
    });
  on(PutObjectCommand, (input) => store(input.Key, input.Body as Uint8Array, input));
  on(GetObjectCommand, ({ Key, IfNoneMatch, IfMatch, Range }) => {
    const object = objects.get(Key);
    if (object === undefined) throw s3Error(404, 'NoSuchKey');
    if (IfMatch !== undefined && IfMatch !== object.etag) throw s3Error(412, 'PreconditionFailed');
    if (IfNoneMatch === object.etag) throw s3Error(304, 'NotModified');
    const size = object.body.length;
    const [first, last] = (/^bytes=(\d+)-(\d+)$/.exec(Range ?? `bytes=0-${size}`) ?? []).slice(1).map(Number);
    if (Range !== undefined && first! >= size) throw s3Error(416, 'InvalidRange');
    const body = object.body.slice(first, last! + 1);
    return {
      ETag: object.etag,
      ...(Range === undefined ? {} : { ContentRange: `bytes ${first}-${first! + body.length - 1}/${size}` }),
      Body: { transformToByteArray: async () => body },
    };
  });
  on(HeadObjectCommand, ({ Key }) => {
    const object = objects.get(Key);
    if (object === undefined) throw s3Error(404, 'NotFound');
    return { ContentLength: object.body.length, ETag: object.etag };
  });
  on(DeleteObjectCommand, ({ Key }) => {
    objects.delete(Key);
    return {};
  });
  on(ListObjectsV2Command, ({ Prefix, Delimiter, ContinuationToken }) => {
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
  const uploadOf = (id: string) => {
    const parts = uploads.get(id);
    if (parts === undefined) throw s3Error(404, 'NoSuchUpload');
    return parts;
  };
  on(CreateMultipartUploadCommand, ({ ChecksumAlgorithm }) => {
    // S3 takes parts with a checksum only into an upload that was started with its algorithm.
    if (ChecksumAlgorithm !== 'CRC32') throw s3Error(400, 'InvalidRequest');
    const UploadId = `upload-${++writes}`;
    uploads.set(UploadId, new Map());
    return { UploadId };
  });
  on(UploadPartCommand, ({ UploadId, PartNumber, Body }) => {
    uploadOf(UploadId).set(PartNumber, Uint8Array.from(Body as Uint8Array));
    return { ETag: `"part-${PartNumber}"`, ChecksumCRC32: `crc-${PartNumber}` };
  });
  on(CompleteMultipartUploadCommand, (input) => {
    const parts = uploadOf(input.UploadId);
    const bodies = (input.MultipartUpload.Parts as CompletedPart[]).map((part, index) => {
      const number = index + 1;
      if (
        part.PartNumber !== number ||
        part.ETag !== `"part-${number}"` ||
        part.ChecksumCRC32 !== `crc-${number}`
      )
        throw s3Error(400, 'InvalidPart');
      return parts.get(number)!;
    });
    const answer = store(input.Key, Buffer.concat(bodies), input);
    uploads.delete(input.UploadId);
    return answer;
  });
  on(AbortMultipartUploadCommand, ({ UploadId }) => {
    uploadOf(UploadId);
    uploads.delete(UploadId);
    return {};
  });

  return {
    mock,
    objects,
    uploads,
    /** Stands between the client and its next call of this command, which `perform` carries out. */
    once(command: unknown, hook: Hook): void {
      hooks.set(command, hook);
    },
    /** The object as JSON. */
    json: (key: string) =>
      JSON.parse(Buffer.from(objects.get(key)!.body).toString()) as Record<string, unknown>,
    reset(): void {
      objects.clear();
      uploads.clear();
      hooks.clear();
    },
  };
}

export type FakeS3 = ReturnType<typeof fakeS3>;
