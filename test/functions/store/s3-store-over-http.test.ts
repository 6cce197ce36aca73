/** The object store against the local cloud's S3, through the SDK's real requests. */
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { StorageUnavailableError } from '../../../functions/store/errors.ts';
import type { ObjectStore } from '../../../functions/store/object-store.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { type S3Server, startS3Server } from '../../../scripts/cloud/s3/server.ts';

let server: S3Server;
let store: ObjectStore;
const actions: string[] = [];

beforeAll(async () => {
  server = await startS3Server({
    file: ':memory:',
    onRequest: ({ action }) => {
      actions.push(action);
    },
  });
  server.createBucket('bucket');
  vi.stubEnv('AWS_ENDPOINT_URL_S3', server.endpoint);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDTEST');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  store = createS3Store('bucket');
});
afterAll(async () => {
  await server.close();
  vi.unstubAllEnvs();
});

const MIB = 1024 * 1024;
async function* megabytes(count: number, fill: string): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield Buffer.alloc(MIB, fill);
}

it('streams an object in parts, with checksums that S3 verifies and keeps', async () => {
  expect(await store.createFromStream('large', megabytes(17, 'a'))).toBe(true);
  expect(Buffer.alloc(17 * MIB, 'a').equals((await store.get('large'))!.body)).toBe(true);
  const client = new S3Client({});
  const target = { Bucket: 'bucket', Key: 'large', ChecksumMode: 'ENABLED' as const };
  const head = await client.send(new HeadObjectCommand(target));
  expect(head).toMatchObject({ ContentLength: 17 * MIB, ChecksumType: 'COMPOSITE' });
  expect(head.ChecksumCRC32).toMatch(/-3$/);
});

it('lets one of two streams to the same key win, and frees the parts of the other', async () => {
  actions.length = 0;
  const written = await Promise.all([
    store.createFromStream('raced', megabytes(9, 'a')),
    store.createFromStream('raced', megabytes(9, 'b')),
  ]);
  expect(written.sort()).toEqual([false, true]);
  expect(actions.filter((action) => action === 's3:AbortMultipartUpload')).toHaveLength(1);
});

it('is unavailable when nobody listens', async () => {
  await server.close();
  await expect(store.get('large')).rejects.toThrow(StorageUnavailableError);
});
