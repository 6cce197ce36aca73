/** Buckets: where they are, and that they go only when they are empty. */
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  HeadBucketCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { refusalOf } from './conformance/subject.ts';
import { LAST, Upload } from './conformance/upload.ts';
import { clientOf } from './support/clients.ts';
import { storedBytes, temporaryFile } from './support/data-file.ts';
import { startServer } from './support/servers.ts';

const Bucket = 'bucket';

async function start(file = ':memory:') {
  const server = await startServer({ file });
  const client = clientOf(server.endpoint);
  onTestFinished(() => client.destroy());
  return { client, server };
}

describe('a bucket', () => {
  it('is in the first region, which has no name there', async () => {
    const { client } = await start();
    const { LocationConstraint } = await client.send(new GetBucketLocationCommand({ Bucket }));
    expect(LocationConstraint).toBeUndefined();
    const elsewhere = client.send(new GetBucketLocationCommand({ Bucket: 'absent' }));
    expect(await refusalOf(elsewhere)).toEqual({ status: 404, code: 'NoSuchBucket' });
  });

  it('is deleted when it is empty, and may be made again', async () => {
    const { client } = await start();
    await client.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'x' }));
    const remove = () => client.send(new DeleteBucketCommand({ Bucket }));
    expect(await refusalOf(remove())).toEqual({ status: 409, code: 'BucketNotEmpty' });
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'key' }));
    expect((await remove()).$metadata.httpStatusCode).toBe(204);
    expect(await refusalOf(client.send(new HeadBucketCommand({ Bucket })))).toMatchObject({ status: 404 });
    expect(await refusalOf(remove())).toEqual({ status: 404, code: 'NoSuchBucket' });
    await client.send(new CreateBucketCommand({ Bucket }));
  });

  it('is not empty while it holds versions or markers', async () => {
    const { client } = await start();
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    const { VersionId } = await client.send(new DeleteObjectCommand({ Bucket, Key: 'key' }));
    const remove = () => client.send(new DeleteBucketCommand({ Bucket }));
    expect(await refusalOf(remove())).toMatchObject({ code: 'BucketNotEmpty' });
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'key', VersionId }));
    await remove();
  });

  it('takes the uploads with it that have not ended', async () => {
    const file = temporaryFile();
    const { client, server } = await start(file);
    const upload = new Upload(
      client,
      { Bucket, Key: 'key' },
      server.store.uploads.create({
        bucket: Bucket,
        key: 'key',
        headers: {},
        checksum: undefined,
      }),
    );
    await upload.put(1, LAST);
    await client.send(new DeleteBucketCommand({ Bucket }));
    await client.send(new CreateBucketCommand({ Bucket }));
    expect(await refusalOf(upload.put(2, LAST))).toEqual({ status: 404, code: 'NoSuchUpload' });
    await server.close();
    expect(storedBytes(file)).toBe(0);
  });
});
