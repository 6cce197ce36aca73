/** A server that runs for weeks must free whatever is no longer, or never became, visible. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import type { S3Server } from '../../../../scripts/cloud/s3/server.ts';
import { bytesOf, refusalOf } from './conformance/subject.ts';
import { clientOf } from './support/clients.ts';
import { expectNoLeftovers, storedBytes, temporaryFile } from './support/data-file.ts';
import { hangUpAfter } from './support/raw-http.ts';
import { startServer } from './support/servers.ts';

const Bucket = 'bucket';
const SIZE = 2_500_000;
const BODY = bytesOf(SIZE);
let file: string;
let server: S3Server;
let client: S3Client;

beforeEach(async () => {
  file = temporaryFile();
  server = await startServer({ file });
  client = clientOf(server.endpoint);
  await client.send(new PutObjectCommand({ Bucket, Key: 'key', Body: BODY }));
});

/** Closes the file; it must then hold so many bytes, all of them visible. */
async function expectRemaining(bytes: number): Promise<void> {
  client.destroy();
  await server.close();
  expect(storedBytes(file)).toBe(bytes);
  expectNoLeftovers(file);
}

/** An upload with part 1. */
async function begin(Key: string) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const upload = { Bucket, Key, UploadId };
  const put = async (PartNumber: number, Body: Uint8Array | string) =>
    await client.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
  await put(1, BODY);
  return { upload, put };
}

describe('the space', () => {
  it('of a replaced object', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'x' }));
    await expectRemaining(1);
  });

  it('of deleted objects', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'other', Body: BODY }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'key' }));
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'other' }] } }));
    await expectRemaining(0);
  });

  it('of refused uploads', async () => {
    const input = { Bucket, Key: 'key', Body: BODY };
    await refusalOf(client.send(new PutObjectCommand({ ...input, IfNoneMatch: '*' })));
    await refusalOf(client.send(new PutObjectCommand({ ...input, ChecksumCRC32: 'AAAAAA==' })));
    await expectRemaining(SIZE);
  });

  it('of an upload that broke off', async () => {
    const head = 'PUT /bucket/key HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9000000\r\n\r\n';
    await hangUpAfter(server.endpoint, head + 'x'.repeat(SIZE));
    await expectRemaining(SIZE);
  });

  it('of the parts of an aborted upload', async () => {
    const { upload } = await begin('parts');
    await client.send(new AbortMultipartUploadCommand(upload));
    await expectRemaining(SIZE);
  });

  it('of replaced and unlisted parts, and of the object that they replace', async () => {
    const { upload, put } = await begin('key');
    await put(2, BODY);
    const { ETag } = await put(1, 'part');
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }));
    await expectRemaining(4);
  });
});
