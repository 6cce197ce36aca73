/** The hook that sees every call. */
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import type { S3Call } from '../../../../scripts/cloud/s3/core.ts';
import { S3Error } from '../../../../scripts/cloud/s3/errors.ts';
import { refusalOf } from './conformance/subject.ts';
import { clientOf } from './support/clients.ts';
import { presigned } from './support/presigned.ts';
import { send } from './support/raw-http.ts';
import { startServer } from './support/servers.ts';

describe('the hook', () => {
  it('sees who does what to what, and may refuse it', async () => {
    const calls: S3Call[] = [];
    const server = await startServer({
      file: ':memory:',
      onRequest: (call) => {
        calls.push(call);
        if (call.key?.startsWith('secret')) throw new S3Error('AccessDenied', 'Access Denied');
      },
    });
    const client = clientOf(server.endpoint);
    const Bucket = 'bucket';
    await client.send(new PutObjectCommand({ Bucket, Key: 'a/b', Body: 'x' }));
    await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/' }));
    const secret = { Bucket, Key: 'secret' };
    const denied = { status: 403, code: 'AccessDenied' };
    expect(await refusalOf(client.send(new PutObjectCommand({ ...secret, Body: 'x' })))).toEqual(denied);
    expect(server.store.objects.find(Bucket, 'secret')).toBeUndefined();
    expect(await refusalOf(client.send(new GetObjectCommand(secret)))).toEqual(denied);
    const Objects = [{ Key: 'secret' }, { Key: 'a/b' }];
    const deleted = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(deleted.Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([['secret', 'AccessDenied']]);
    expect(deleted.Deleted?.map(({ Key }) => Key)).toEqual(['a/b']);
    client.destroy();
    expect(calls.map(({ operation, action, resource }) => [operation, action, resource])).toEqual([
      ['PutObject', 's3:PutObject', 'arn:aws:s3:::bucket/a/b'],
      ['ListObjectsV2', 's3:ListBucket', 'arn:aws:s3:::bucket'],
      ['PutObject', 's3:PutObject', 'arn:aws:s3:::bucket/secret'],
      ['GetObject', 's3:GetObject', 'arn:aws:s3:::bucket/secret'],
      ['DeleteObjects', 's3:DeleteObject', 'arn:aws:s3:::bucket/secret'],
      ['DeleteObjects', 's3:DeleteObject', 'arn:aws:s3:::bucket/a/b'],
    ]);
    expect(new Set(calls.map((call) => call.accessKeyId))).toEqual(new Set(['AKIDTEST']));
    expect(calls[1]).toMatchObject({ method: 'GET', bucket: 'bucket', key: undefined, prefix: 'a/' });
  });

  it('sees versions as what needs permissions of its own', async () => {
    const calls: S3Call[] = [];
    const server = await startServer({ file: ':memory:', onRequest: (call) => calls.push(call) });
    const client = clientOf(server.endpoint);
    const Bucket = 'bucket';
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    const { VersionId } = await client.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'x' }));
    const version = { Bucket, Key: 'key', VersionId };
    await client.send(new GetObjectCommand(version));
    await client.send(new HeadObjectCommand(version));
    await client.send(new DeleteObjectCommand(version));
    const Objects = [{ Key: 'key', VersionId }];
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'k' }));
    client.destroy();
    expect(calls.map(({ action, version }) => [action, version])).toEqual([
      ['s3:PutBucketVersioning', undefined],
      ['s3:PutObject', undefined],
      ['s3:GetObjectVersion', VersionId],
      ['s3:GetObjectVersion', VersionId],
      ['s3:DeleteObjectVersion', VersionId],
      ['s3:DeleteObjectVersion', VersionId],
      ['s3:ListBucketVersions', undefined],
    ]);
  });

  it.each([
    ['GET', '/bucket', 's3:ListBucket', 'bucket'],
    ['GET', '/bucket?location', 's3:GetBucketLocation', 'bucket'],
    ['GET', '/bucket?uploads', 's3:ListBucketMultipartUploads', 'bucket'],
    ['GET', '/bucket/key?uploadId=1', 's3:ListMultipartUploadParts', 'bucket/key'],
    ['GET', '/bucket/key?partNumber=1', 's3:GetObject', 'bucket/key'],
    ['DELETE', '/bucket', 's3:DeleteBucket', 'bucket'],
    ['DELETE', '/bucket/key?uploadId=1', 's3:AbortMultipartUpload', 'bucket/key'],
  ])('refuses %s %s by %s', async (method, target, action, resource) => {
    const server = await startServer({
      file: ':memory:',
      onRequest: (call) => {
        if (call.action !== action || call.resource !== `arn:aws:s3:::${resource}`) return;
        throw new S3Error('AccessDenied', 'Access Denied');
      },
    });
    const answer = await send(server.endpoint, method, target);
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(server.store.buckets.has('bucket')).toBe(true);
  });

  it('finds the caller of a presigned URL, and nobody in an unsigned request', async () => {
    const callers: unknown[] = [];
    const server = await startServer({
      file: ':memory:',
      onRequest: (call) => void callers.push(call.accessKeyId),
    });
    await send(server.endpoint, 'GET', '/');
    await send(server.endpoint, 'GET', `/?${presigned({ at: Date.now(), accessKeyId: 'AKIDURL' })}`);
    await send(server.endpoint, 'GET', '/?AWSAccessKeyId=AKIDOLD&Expires=4102444800&Signature=x');
    await send(server.endpoint, 'GET', '/', { headers: { authorization: 'AWS AKIDHEADER:c2lnbmF0dXJl' } });
    expect(callers).toEqual([undefined, 'AKIDURL', 'AKIDOLD', 'AKIDHEADER']);
  });
});
