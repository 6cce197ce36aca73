/** One server for all tests of a file, below the SDK. */
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { type S3Server, startS3Server } from '../../../../../scripts/cloud/s3/server.ts';
import { type RawAnswer, type RawRequest, send } from './raw-http.ts';

export interface ServerInUse {
  readonly endpoint: string;
  send(method: string, target: string, request?: RawRequest): Promise<RawAnswer>;
  /** Body of GET /bucket/key. */
  text(): Promise<string>;
}

/** Before each test /bucket/key holds "before"; at the end the server must have had no failure of its own. */
export function useServer(): ServerInUse {
  let server: S3Server;
  const failures: unknown[] = [];
  beforeAll(async () => {
    server = await startS3Server({ file: ':memory:', onError: (error) => failures.push(error) });
    server.createBucket('bucket');
  });
  afterAll(async () => {
    await server.close();
    expect(failures).toEqual([]);
  });
  const subject: ServerInUse = {
    get endpoint() {
      return server.endpoint;
    },
    send: (method, target, request) => send(server.endpoint, method, target, request),
    text: async () => (await subject.send('GET', '/bucket/key')).body,
  };
  beforeEach(async () => {
    expect((await subject.send('PUT', '/bucket/key', { body: 'before' })).status).toBe(200);
  });
  return subject;
}
