/** Bodies of uploads: framing and digests, and that a body that is not what it says it is changes nothing. */
import { createHash } from 'node:crypto';
import { Agent } from 'node:http';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { hangUpAfter, waitAfter } from './support/raw-http.ts';
import { useServer } from './support/use-server.ts';

const server = useServer();

const CHUNKED = { 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': '5' };

async function expectRefused(headers: Record<string, string>, body: string, code: string): Promise<void> {
  const answer = await server.send('PUT', '/bucket/key', { headers, body });
  expect(answer.code).toBe(code);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(await server.text()).toBe('before');
}

describe('bodies', () => {
  it('need a length', async () => {
    await expectRefused({ 'transfer-encoding': 'chunked' }, 'after', 'MissingContentLength');
    await expectRefused({ 'content-encoding': 'aws-chunked' }, 'after', 'MissingContentLength');
  });

  it('of more than 5 GiB are refused before they are read', async () => {
    const headers = { ...CHUNKED, 'x-amz-decoded-content-length': String(5 * 2 ** 30 + 1) };
    await expectRefused(headers, '', 'EntityTooLarge');
  });

  it('must match x-amz-content-sha256', async () => {
    const headers = { 'x-amz-content-sha256': createHash('sha256').update('other').digest('hex') };
    await expectRefused(headers, 'after', 'XAmzContentSHA256Mismatch');
    await expectRefused({ 'x-amz-content-sha256': 'nonsense' }, 'after', 'InvalidArgument');
  });

  it('may have one checksum only, and of the algorithm announced', async () => {
    const checksum = { 'x-amz-checksum-crc32': 'NhCmhg==' };
    await expectRefused({ ...checksum, 'x-amz-checksum-crc32c': 'NhCmhg==' }, 'hello', 'InvalidRequest');
    await expectRefused({ ...checksum, 'x-amz-sdk-checksum-algorithm': 'SHA256' }, 'hello', 'InvalidRequest');
    await expectRefused({ 'x-amz-sdk-checksum-algorithm': 'CRC32' }, 'hello', 'InvalidRequest');
  });

  it('may have a SHA-512, which the stock client cannot verify', async () => {
    const checksum = { 'x-amz-checksum-sha512': createHash('sha512').update('hello').digest('base64') };
    await expectRefused(checksum, 'other', 'BadDigest');
    await server.send('PUT', '/bucket/key', { headers: checksum, body: 'hello' });
    const head = await server.send('HEAD', '/bucket/key', { headers: { 'x-amz-checksum-mode': 'ENABLED' } });
    expect(head.headers).toMatchObject(checksum);
  });

  it('in aws-chunked framing are decoded, signed chunks too, and stored without it', async () => {
    const body =
      '3;chunk-signature=00ff\r\nhel\r\n2;chunk-signature=01\r\nlo\r\n0;chunk-signature=02\r\n\r\n';
    const headers = {
      ...CHUNKED,
      'content-encoding': 'aws-chunked, gzip',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    };
    expect((await server.send('PUT', '/bucket/key', { headers, body })).status).toBe(200);
    const got = await server.send('GET', '/bucket/key');
    expect(got.body).toBe('hello');
    expect(got.headers['content-encoding']).toBe('gzip');
  });

  it.each([
    ['GZIP , Br', 'GZIP , Br'],
    ['gzip, aws-chunked, br', 'gzip,br'],
    ['aws-chunked', undefined],
  ])('of the encoding %j are stored as %j', async (sent, stored) => {
    const body = sent.includes('aws-chunked') ? '5\r\nhello\r\n0\r\n\r\n' : 'hello';
    const headers = { ...CHUNKED, 'content-encoding': sent };
    expect((await server.send('PUT', '/bucket/key', { headers, body })).status).toBe(200);
    expect((await server.send('HEAD', '/bucket/key')).headers['content-encoding']).toBe(stored);
  });

  it.each([
    ['ends before the last chunk', '5\r\nhello\r\n'],
    ['ends inside the last chunk', '5\r\nhello\r\n0\r\n'],
    ['ends inside a chunk', '5\r\nhel'],
    ['is shorter than declared', '4\r\nhell\r\n0\r\n\r\n'],
    ['is longer than declared', '6\r\nhello!\r\n0\r\n\r\n'],
    ['has a chunk longer than its size', '4\r\nhello\r\n0\r\n\r\n'],
    ['has no hexadecimal size', 'five\r\nhello\r\n0\r\n\r\n'],
    ['goes on after its end', '5\r\nhello\r\n0\r\n\r\nmore'],
    ['is not framed', 'hello'],
  ])('are incomplete when the aws-chunked body %s', async (_, body) => {
    await expectRefused(CHUNKED, body, 'IncompleteBody');
  });

  it('are held against the trailer', async () => {
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(crc32('hello'));
    const headers = { ...CHUNKED, 'x-amz-trailer': 'x-amz-checksum-crc32' };
    const framed = (trailer: string): string => `5\r\nhello\r\n0\r\n${trailer}\r\n`;
    await expectRefused(headers, framed('x-amz-checksum-crc32:AAAAAA==\r\n'), 'BadDigest');
    await expectRefused(headers, framed('x-amz-checksum-crc32:A\r\n'), 'InvalidRequest');
    await expectRefused(headers, framed(''), 'MalformedTrailerError');
    await expectRefused({ ...headers, 'x-amz-trailer': 'x-amz-meta-a' }, framed(''), 'NotImplemented');
    const body = framed(`x-amz-checksum-crc32: ${crc.toString('base64')}\r\n`);
    expect((await server.send('PUT', '/bucket/key', { headers, body })).status).toBe(200);
    expect(await server.text()).toBe('hello');
  });

  it('that the client breaks off change nothing', async () => {
    const headOf = (key: string): string =>
      `PUT /bucket/${key} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4000000\r\n\r\n`;
    await hangUpAfter(server.endpoint, headOf('key') + 'x'.repeat(2_500_000));
    await hangUpAfter(server.endpoint, headOf('new') + 'x'.repeat(1000));
    expect(await server.text()).toBe('before');
    expect((await server.send('GET', '/bucket/new')).status).toBe(404);
  });

  it('that are refused and long are not waited for: the connection is closed', async () => {
    const answer = await waitAfter(
      server.endpoint,
      'PUT /bucket/key?acl HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000000\r\n\r\n',
    );
    expect(answer).toContain('NotImplemented');
  });

  it('that are refused, before or while they are read, leave the connection usable', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const put = async (headers: Record<string, string>) =>
      await server.send('PUT', '/bucket/key', { headers, body: new Uint8Array(3_000_000), agent });
    expect(await put({ 'x-amz-grant-read': 'id=1' })).toMatchObject({ status: 501, reused: false });
    expect(await put(CHUNKED)).toMatchObject({ status: 400, reused: true });
    const get = await server.send('GET', '/bucket/key', { agent });
    expect(get).toMatchObject({ status: 200, body: 'before', reused: true });
    agent.destroy();
  });
});
