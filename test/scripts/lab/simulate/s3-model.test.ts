import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import { answer } from '../../../../scripts/lab/simulate/s3/answer.ts';
import { S3Model } from '../../../../scripts/lab/simulate/s3/model.ts';
import { describeS3Conformance } from '../../cloud/s3/conformance.ts';

interface SdkRequest {
  method: string;
  path: string;
  query: Record<string, string | null | undefined>;
  headers: Record<string, string>;
  body?: string | Uint8Array | Readable;
}

describeS3Conformance("the simulation's model", async () => {
  let time = Date.UTC(2026, 0, 1);
  const model = new S3Model(() => time++);
  const client = new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' },
    maxAttempts: 1,
    endpoint: 'http://127.0.0.1:1',
    requestHandler: {
      handle: async ({ method, path, query, headers: given, body: content = '' }: SdkRequest) => {
        const body =
          content instanceof Readable ? await buffer(content) : Buffer.from(content as string | Uint8Array);
        const headers = Object.fromEntries(
          Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]),
        );
        headers['content-length'] ??= String(body.length);
        const search = new URLSearchParams();
        for (const [name, value] of Object.entries(query)) search.set(name, value ?? '');
        const response = answer(model, 'conformance', {
          method,
          target: `${path}?${search}`,
          headers,
          body,
        });
        return {
          response: {
            statusCode: response.status,
            headers: response.headers,
            body: Readable.from([response.body]),
          },
        };
      },
    },
  });
  return { client, bucket: 'conformance', close: async () => client.destroy() };
});
