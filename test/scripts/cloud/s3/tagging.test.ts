/** Tags of objects: given with them, read and changed, and copied. */
import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateMultipartUploadCommand,
  DeleteObjectTaggingCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { S3Call } from '../../../../scripts/cloud/s3/core.ts';
import { S3Error } from '../../../../scripts/cloud/s3/errors.ts';
import { type S3Server, startS3Server } from '../../../../scripts/cloud/s3/server.ts';
import { refusalOf } from './conformance/subject.ts';
import { LAST, Upload } from './conformance/upload.ts';
import { clientOf } from './support/clients.ts';

const target = { Bucket: 'bucket', Key: 'key' };
const Tagging = 'a=1&b+c=%C3%A9';
const TagSet = [
  { Key: 'a', Value: '1' },
  { Key: 'b c', Value: 'é' },
];

let server: S3Server;
let client: S3Client;
let calls: S3Call[] = [];
let refused = '';
beforeAll(async () => {
  server = await startS3Server({
    file: ':memory:',
    onRequest: (call) => {
      calls.push(call);
      if (call.action === refused) throw new S3Error('AccessDenied', 'Access Denied');
    },
  });
  server.createBucket('bucket');
  client = clientOf(server.endpoint);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});
beforeEach(async () => {
  refused = '';
  await client.send(new PutObjectCommand({ ...target, Body: 'x', Tagging, Metadata: { m: 'n' } }));
  calls = [];
});

const tagsOf = async (Key = 'key', VersionId?: string) =>
  (await client.send(new GetObjectTaggingCommand({ ...target, Key, VersionId }))).TagSet;
const copy = (more: Partial<CopyObjectCommandInput> = {}) =>
  client.send(new CopyObjectCommand({ ...target, Key: 'copy', CopySource: 'bucket/key', ...more }));

describe('tags', () => {
  it('come with an object, which says how many it has', async () => {
    expect(await tagsOf()).toEqual(TagSet);
    expect(await client.send(new HeadObjectCommand(target))).toMatchObject({
      TagCount: 2,
      Metadata: { m: 'n' },
    });
    await client.send(new PutObjectCommand({ ...target, Body: 'x' }));
    expect(await tagsOf()).toEqual([]);
    expect((await client.send(new HeadObjectCommand(target))).TagCount).toBeUndefined();
    const Key = 'parts';
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...target, Key, Tagging }));
    const upload = new Upload(client, { ...target, Key }, UploadId);
    await upload.complete([await upload.put(1, LAST)]);
    expect(await tagsOf(Key)).toEqual(TagSet);
  });

  it('are replaced and removed, and the object stays as it is', async () => {
    const before = await client.send(new HeadObjectCommand(target));
    const other = [{ Key: 'c', Value: '' }];
    await client.send(new PutObjectTaggingCommand({ ...target, Tagging: { TagSet: other } }));
    expect(await tagsOf()).toEqual(other);
    const { LastModified, ETag, Metadata } = await client.send(new HeadObjectCommand(target));
    expect({ LastModified, ETag, Metadata }).toEqual({
      LastModified: before.LastModified,
      ETag: before.ETag,
      Metadata: { m: 'n' },
    });
    const removed = await client.send(new DeleteObjectTaggingCommand(target));
    expect(removed.$metadata.httpStatusCode).toBe(204);
    expect(await tagsOf()).toEqual([]);
    const absent = client.send(new GetObjectTaggingCommand({ ...target, Key: 'absent' }));
    expect(await refusalOf(absent)).toEqual({ status: 404, code: 'NoSuchKey' });
  });

  it.each([
    [
      'InvalidTag',
      [
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ],
    ],
    ['InvalidTag', [{ Key: 'k'.repeat(129), Value: '' }]],
    ['InvalidTag', [{ Key: 'k', Value: 'v'.repeat(257) }]],
    ['InvalidTag', [{ Key: 'k', Value: 'a;b' }]],
    ['InvalidTag', [{ Key: 'aws:k', Value: '' }]],
    ['BadRequest', Array.from({ length: 11 }, (_, i) => ({ Key: `k${i}`, Value: '' }))],
  ])('are refused with %s where they may not be: %#', async (code, wrong) => {
    const put = client.send(new PutObjectTaggingCommand({ ...target, Tagging: { TagSet: wrong } }));
    expect(await refusalOf(put)).toEqual({ status: 400, code });
    expect(await tagsOf()).toEqual(TagSet);
    const inHeader = wrong.map(({ Key, Value }) => `${Key}=${encodeURIComponent(Value)}`).join('&');
    const written = client.send(new PutObjectCommand({ ...target, Body: 'y', Tagging: inHeader }));
    expect((await refusalOf(written)).status).toBe(400);
    expect(await tagsOf()).toEqual(TagSet);
  });

  it('go with a copy, or others do', async () => {
    await copy();
    expect(await tagsOf('copy')).toEqual(TagSet);
    await copy({ MetadataDirective: 'REPLACE', Metadata: { o: 'p' } });
    expect(await tagsOf('copy')).toEqual(TagSet);
    await copy({ TaggingDirective: 'REPLACE', Tagging: 'd=4' });
    expect(await tagsOf('copy')).toEqual([{ Key: 'd', Value: '4' }]);
    const copied = await client.send(new HeadObjectCommand({ ...target, Key: 'copy' }));
    expect(copied.Metadata).toEqual({ m: 'n' });
    await copy({ TaggingDirective: 'REPLACE' });
    expect(await tagsOf('copy')).toEqual([]);
    expect(await refusalOf(copy({ TaggingDirective: 'MERGE' as 'COPY' }))).toMatchObject({ status: 400 });
  });

  it('need permissions of their own', async () => {
    const attempts: [action: string, work: () => Promise<unknown>][] = [
      ['s3:GetObjectTagging', () => tagsOf()],
      ['s3:GetObjectVersionTagging', () => tagsOf('key', 'null')],
      [
        's3:PutObjectTagging',
        () => client.send(new PutObjectTaggingCommand({ ...target, Tagging: { TagSet } })),
      ],
      ['s3:DeleteObjectTagging', () => client.send(new DeleteObjectTaggingCommand(target))],
      [
        's3:PutObjectTagging',
        () => client.send(new PutObjectCommand({ ...target, Body: 'y', Tagging: 'z=1' })),
      ],
      ['s3:PutObjectTagging', () => client.send(new CreateMultipartUploadCommand({ ...target, Tagging }))],
      ['s3:GetObjectTagging', () => copy()],
      ['s3:PutObjectTagging', () => copy()],
      ['s3:PutObjectTagging', () => copy({ TaggingDirective: 'REPLACE', Tagging: 'd=4' })],
    ];
    for (const [action, work] of attempts) {
      refused = action;
      expect(await refusalOf(work())).toEqual({ status: 403, code: 'AccessDenied' });
    }
    refused = '';
    expect(await tagsOf()).toEqual(TagSet);
    calls = [];
    await client.send(new PutObjectCommand({ ...target, Body: 'y' }));
    await copy();
    expect(calls.map(({ action }) => action)).toEqual(['s3:PutObject', 's3:PutObject', 's3:GetObject']);
  });

  it('are those of a version', async () => {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: 'bucket', VersioningConfiguration }));
    const { VersionId } = await client.send(new PutObjectCommand({ ...target, Body: '2', Tagging: 'v=2' }));
    await client.send(new PutObjectCommand({ ...target, Body: '3' }));
    expect(await tagsOf('key', VersionId)).toEqual([{ Key: 'v', Value: '2' }]);
    const changed = { ...target, VersionId, Tagging: { TagSet } };
    expect(await client.send(new PutObjectTaggingCommand(changed))).toMatchObject({ VersionId });
    expect(await tagsOf('key', VersionId)).toEqual(TagSet);
    expect(await tagsOf()).toEqual([]);
  });
});
