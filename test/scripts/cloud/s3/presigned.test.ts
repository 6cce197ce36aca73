/** URLs that carry their signature: for how long they are valid, and what is no such URL. */
import { beforeEach, describe, expect, it } from 'vitest';
import { presigned } from './support/presigned.ts';
import { elementOf, type RawAnswer, type RawRequest, send } from './support/raw-http.ts';
import { startServer } from './support/servers.ts';

const SIGNED = Date.UTC(2026, 0, 31, 23, 59, 30);
const MINUTE = 60_000;
const WEEK_S = 604_800;

let now = SIGNED;
let endpoint: string;
let get: (query: URLSearchParams | string, request?: RawRequest) => Promise<RawAnswer>;

beforeEach(async () => {
  now = SIGNED;
  ({ endpoint } = await startServer({ file: ':memory:', now: () => now }));
  await send(endpoint, 'PUT', '/bucket/key', { body: 'signed' });
  get = (query, request) => send(endpoint, 'GET', `/bucket/key?${query}`, request);
});

const without = (name: string): URLSearchParams => {
  const query = presigned({ at: SIGNED });
  query.delete(name);
  return query;
};

const changed = (name: string, value: string): URLSearchParams => {
  const query = presigned({ at: SIGNED });
  query.set(name, value);
  return query;
};

describe('a presigned URL', () => {
  it('is valid to its last second, and then says since when and what time it is', async () => {
    const query = presigned({ at: SIGNED, expires: 90 });
    now = SIGNED + 90_000;
    expect((await get(query)).body).toBe('signed');
    now += 1000;
    const answer = await get(query);
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
    const told = ['Message', 'X-Amz-Expires', 'Expires', 'ServerTime'].map((name) =>
      elementOf(answer.body, name),
    );
    expect(told).toEqual(['Request has expired', '90', '2026-02-01T00:01:00Z', '2026-02-01T00:01:01Z']);
  });

  it('may be valid for a week', async () => {
    const query = presigned({ at: SIGNED, expires: WEEK_S });
    now = SIGNED + WEEK_S * 1000;
    expect((await get(query)).body).toBe('signed');
    now += 1000;
    expect((await get(query)).status).toBe(403);
  });

  it('is not valid before its date, but for clocks that are a quarter of an hour apart', async () => {
    expect((await get(presigned({ at: SIGNED + 15 * MINUTE }))).body).toBe('signed');
    const answer = await get(presigned({ at: SIGNED + 16 * MINUTE }));
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(elementOf(answer.body, 'Message')).toBe('Request is not yet valid');
  });

  it.each([
    ['of more than a week', presigned({ at: SIGNED, expires: WEEK_S + 1 }), /less than a week/],
    ['of less than nothing', presigned({ at: SIGNED, expires: -1 }), /non-negative/],
    ['whose time is no number', presigned({ at: SIGNED, expires: '1h' }), /should be a number/],
    ['of no day', changed('X-Amz-Date', '20260132T000000Z'), /ISO8601/],
    ['of another form of date', changed('X-Amz-Date', '2026-01-31T23:59:30Z'), /ISO8601/],
    ['signed on another day', changed('X-Amz-Date', '20260130T000000Z'), /not the same as X-Amz-Date/],
    ['of another algorithm', changed('X-Amz-Algorithm', 'AWS4'), /X-Amz-Algorithm/],
    ['without a scope', changed('X-Amz-Credential', 'AKID'), /X-Amz-Credential/],
    ['without X-Amz-Expires', without('X-Amz-Expires'), /requires the .*and X-Amz-Expires parameters/],
    ['without X-Amz-Signature', without('X-Amz-Signature'), /requires the/],
  ])('%s is refused', async (_, query, message) => {
    const answer = await get(query);
    expect(answer).toMatchObject({ status: 400, code: 'AuthorizationQueryParametersError' });
    expect(elementOf(answer.body, 'Message')).toMatch(message);
  });

  it('carries headers, as SDKs put them there', async () => {
    const put = presigned({ at: SIGNED });
    put.set('x-amz-meta-a', 'b c');
    put.set('X-Amz-Acl', 'private');
    put.set('x-amz-checksum-crc32', 'NhCmhg==');
    const target = `/bucket/key?${put}`;
    expect((await send(endpoint, 'PUT', target, { body: 'other' })).code).toBe('BadDigest');
    expect((await send(endpoint, 'PUT', target, { body: 'hello' })).status).toBe(200);
    const read = presigned({ at: SIGNED });
    read.set('x-amz-checksum-mode', 'ENABLED');
    read.set('x-id', 'GetObject');
    const { headers, body } = await get(read);
    expect(body).toBe('hello');
    expect(headers).toMatchObject({ 'x-amz-meta-a': 'b c', 'x-amz-checksum-crc32': 'NhCmhg==' });
    put.set('x-amz-acl', 'public-read');
    put.delete('X-Amz-Acl');
    expect((await send(endpoint, 'PUT', `/bucket/key?${put}`, { body: 'hello' })).status).toBe(501);
    // Without a signature they are parameters that nobody knows.
    expect((await get('x-amz-checksum-mode=ENABLED')).status).toBe(501);
  });

  it('goes with no Authorization header', async () => {
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=A/20260131/us-east-1/s3/aws4_request' };
    expect((await get(presigned({ at: SIGNED }), { headers })).code).toBe('InvalidArgument');
  });
});

describe('a URL signed by version 2', () => {
  const signed = (end: number | string) => `AWSAccessKeyId=AKID&Expires=${end}&Signature=c2lnbmF0dXJl%3D`;

  it('is valid to the second that it names', async () => {
    const end = SIGNED / 1000 + 60;
    now = SIGNED + MINUTE;
    expect((await get(`${signed(end)}&response-content-type=text%2Fx`)).headers['content-type']).toBe(
      'text/x',
    );
    now += 1000;
    const answer = await get(signed(end));
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
    const told = ['Message', 'Expires', 'ServerTime'].map((name) => elementOf(answer.body, name));
    expect(told).toEqual(['Request has expired', '2026-02-01T00:00:30Z', '2026-02-01T00:00:31Z']);
  });

  it.each(['Expires=4102444800&Signature=x', 'AWSAccessKeyId=A', signed('soon')])(
    'has all of its parts: %s',
    async (query) => {
      expect(await get(query)).toMatchObject({ status: 403, code: 'AccessDenied' });
    },
  );
});
