import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startS3Server } from '../../../../scripts/cloud/s3/server.ts';
import { describeS3Conformance } from './conformance.ts';
import { clientOf } from './support/clients.ts';

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
