/** kill -9 at any moment: what was acknowledged is there, what is there is whole. */
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { expect, it, vi } from 'vitest';
import type { S3Server } from '../../../../scripts/cloud/s3/server.ts';
import { clientOf } from './support/clients.ts';
import { expectNoLeftovers, storedBytes, temporaryFile } from './support/data-file.ts';
import { elementOf, send } from './support/raw-http.ts';
import { startChild, startServer } from './support/servers.ts';

const Bucket = 'bucket';

/** Version n of the object: several chunks of a length and content that only it has. */
const bodyOf = (n: number): Buffer => Buffer.alloc(1_500_000 + 4_099 * n, n % 251);

interface Progress {
  /** Last version that was sent, and last that was acknowledged. */
  begun: number;
  acknowledged: number;
  /** Objects written beside it, once each, and acknowledged. */
  log: number[];
}

/** Overwrites the object with version after version until the server is gone. */
async function overwrite(client: S3Client, progress: Progress): Promise<void> {
  try {
    for (;;) {
      progress.begun += 1;
      const n = progress.begun;
      const Metadata = { n: String(n) };
      await client.send(new PutObjectCommand({ Bucket, Key: 'key', Body: bodyOf(n), Metadata }));
      progress.acknowledged = n;
      await client.send(new PutObjectCommand({ Bucket, Key: `log/${n}`, Body: String(n), IfNoneMatch: '*' }));
      progress.log.push(n);
    }
  } catch (error) {
    // The kill shows as a broken connection; an answer of the server would be a failure.
    expect((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode).toBeUndefined();
  }
}

it('keeps every acknowledged version and tears none, however often it is killed while overwriting', async () => {
  const file = temporaryFile();
  const progress: Progress = { begun: 0, acknowledged: 0, log: [] };
  for (const delay of [0, 3, 7, 12, 20]) {
    const before = progress.log.length;
    const child = await startChild(file);
    const client = clientOf(child.endpoint);
    const writing = overwrite(client, progress);
    await vi.waitUntil(() => progress.log.length >= before + 2, { interval: 1, timeout: 120_000 });
    await sleep(delay);
    await child.kill();
    await writing;
    client.destroy();

    const server = await startServer({ file });
    const reader = clientOf(server.endpoint);
    const read = async (Key: string) => await reader.send(new GetObjectCommand({ Bucket, Key }));
    const got = await read('key');
    const n = Number(got.Metadata?.n);
    expect([progress.acknowledged, progress.begun]).toContain(n);
    expect(Buffer.compare(await got.Body!.transformToByteArray(), bodyOf(n))).toBe(0);
    progress.acknowledged = n;
    for (const n of progress.log) {
      expect(await (await read(`log/${n}`)).Body!.transformToString()).toBe(String(n));
    }
    reader.destroy();
    await server.close();
    expectNoLeftovers(file);
  }
});

it('is killed with half a new version on disk, and has the old one whole and nothing of the new', async () => {
  const file = temporaryFile();
  const child = await startChild(file);
  const old = bodyOf(1);
  await send(child.endpoint, 'PUT', '/bucket/key', { body: old });
  const { hostname, port } = new URL(child.endpoint);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(`PUT /bucket/key HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: 100000000\r\n\r\n`);
  const before = bytesOnDisk(file);
  for (let sent = 0; sent < 90 && bytesOnDisk(file) < before + 3_000_000; sent++) {
    await new Promise((resolve) => socket.write(Buffer.alloc(1_000_000), resolve));
  }
  await child.kill();
  if (!socket.closed) await once(socket, 'close');

  expect(storedBytes(file)).toBeGreaterThan(old.length + 1_000_000);
  const server = await startServer({ file });
  expectStored(server, old);
  await server.close();
  expectNoLeftovers(file);
});

it('is killed inside a multipart upload, which can be completed afterwards', async () => {
  const file = temporaryFile();
  const child = await startChild(file);
  const target = '/bucket/key';
  const created = await send(child.endpoint, 'POST', `${target}?uploads`);
  const id = elementOf(created.body, 'UploadId');
  const part = await send(child.endpoint, 'PUT', `${target}?uploadId=${id}&partNumber=1`, {
    body: bodyOf(1),
  });
  await child.kill();
  const server = await startServer({ file });
  const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
  expect((await send(server.endpoint, 'POST', `${target}?uploadId=${id}`, { body })).status).toBe(200);
  expectStored(server, bodyOf(1));
  await server.close();
  expectNoLeftovers(file);
});

function expectStored({ store }: S3Server, bytes: Uint8Array): void {
  const { content, size } = store.objects.get(Bucket, 'key');
  expect(Buffer.compare(Buffer.concat([...store.blobs.read(content, 0, size)]), bytes)).toBe(0);
}

/** Of the database and its log, which only grows until there are 4 MB to move. */
function bytesOnDisk(file: string): number {
  return [file, `${file}-wal`].reduce((sum, path) => sum + (existsSync(path) ? statSync(path).size : 0), 0);
}
