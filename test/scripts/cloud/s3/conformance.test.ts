import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startS3Server } from '../../../../scripts/cloud/s3/server.ts';
import { S3Store } from '../../../../scripts/cloud/s3/store.ts';
import { describeS3Conformance } from './conformance.ts';
import { clientOf, clientWithoutSockets } from './support/clients.ts';

describeS3Conformance('the local S3 server', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stepnet-s3-'));
  const server = await startS3Server({ file: join(folder, 's3.sqlite') });
  server.createBucket('conformance');
  const client = clientOf(server.endpoint);
  return {
    client,
    bucket: 'conformance',
    close: async () => {
      client.destroy();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describeS3Conformance('the store in memory, without sockets and with a clock of its own', async () => {
  let time = Date.UTC(2026, 0, 1);
  let uploads = 0;
  const store = new S3Store({
    file: ':memory:',
    now: () => time++,
    newId: () => `upload-${++uploads}`,
  });
  store.buckets.create('conformance');
  return { client: clientWithoutSockets(store), bucket: 'conformance', close: async () => store.close() };
});
