/** Stock S3 clients: over sockets, and without them. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { WholeAnswer, WholeRequest } from '../../../../../scripts/cloud/s3/core.ts';

const COMMON: S3ClientConfig = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' },
  // A retry would hide what the server did.
  maxAttempts: 1,
};

export const clientOf = (endpoint: string): S3Client => new S3Client({ ...COMMON, endpoint });

/** What the SDK hands to a request handler. */
interface SdkRequest {
  method: string;
  path: string;
  query: Record<string, string | null | undefined>;
  headers: Record<string, string>;
  body?: string | Uint8Array | Readable;
}

/** A stock client whose requests `exchange` answers, whole and without a socket. */
export function clientWithoutSockets(
  exchange: (request: WholeRequest) => WholeAnswer | Promise<WholeAnswer>,
): S3Client {
  let sent = 0;
  const handle = async ({ method, path, query, headers: given, body: content = '' }: SdkRequest) => {
    const body = content instanceof Readable ? await buffer(content) : Buffer.from(content as Uint8Array);
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]),
    );
    // A socket's client frames every body.
    if (headers['transfer-encoding'] === undefined) headers['content-length'] ??= String(body.length);
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) search.set(name, value ?? '');
    const request = { id: String(++sent), method, target: `${path}?${search}`, headers, body };
    const answer = await exchange(request);
    return {
      response: {
        statusCode: answer.status,
        headers: answer.headers,
        body: Readable.from([answer.body], { objectMode: false }),
      },
    };
  };
  return new S3Client({ ...COMMON, endpoint: 'http://127.0.0.1:1', requestHandler: { handle } });
}
