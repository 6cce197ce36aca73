/** Stock S3 clients: over sockets, and straight into the router. */
import { Readable } from 'node:stream';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { S3Error } from '../../../../../scripts/cloud/s3/errors.ts';
import { parseRequest } from '../../../../../scripts/cloud/s3/request.ts';
import { answer, errorAnswer } from '../../../../../scripts/cloud/s3/router.ts';
import type { S3Store } from '../../../../../scripts/cloud/s3/store.ts';

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
  query: Record<string, string | string[] | null | undefined>;
  headers: Record<string, string>;
  body?: unknown;
}

/** A stock client whose requests reach the store without HTTP. */
export function clientWithoutSockets(store: S3Store): S3Client {
  return new S3Client({
    ...COMMON,
    endpoint: 'http://127.0.0.1:1',
    requestHandler: {
      handle: async (request: SdkRequest) => {
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
        );
        // A socket's client frames every body.
        if (headers['transfer-encoding'] === undefined) headers['content-length'] ??= '0';
        const query = new URLSearchParams();
        for (const [name, value] of Object.entries(request.query)) query.set(name, String(value ?? ''));
        const target = `${request.path}?${query}`;
        let result: Awaited<ReturnType<typeof answer>>;
        try {
          result = await answer(store, parseRequest(request.method, target, headers, bodyOf(request.body)));
        } catch (error) {
          if (!(error instanceof S3Error)) throw error;
          result = errorAnswer(error, request.path, '0');
        }
        const body = Buffer.concat(
          typeof result.body === 'string' ? [Buffer.from(result.body)] : [...(result.body ?? [])],
        );
        result.release?.();
        const sent = request.method === 'HEAD' ? Buffer.alloc(0) : body;
        return {
          response: { statusCode: result.status, headers: result.headers, body: Readable.from([sent]) },
        };
      },
    },
  });
}

function bodyOf(body: unknown): AsyncIterable<Uint8Array> {
  if (body === undefined || body === null) return Readable.from([]);
  if (body instanceof Readable) return body;
  if (typeof body === 'string' || body instanceof Uint8Array) return Readable.from([Buffer.from(body)]);
  throw new TypeError(`unexpected request body: ${typeof body}`);
}
