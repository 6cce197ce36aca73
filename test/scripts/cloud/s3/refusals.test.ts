/** What the REST surface refuses, how refusals look, and that they have no effect. */
import { describe, expect, it } from 'vitest';
import { elementOf } from './support/raw-http.ts';
import { useServer } from './support/use-server.ts';

const server = useServer();

describe('refusals', () => {
  it('are S3 error documents that name code, message, resource and request', async () => {
    const answer = await server.send('GET', '/bucket/no%20such%3Ckey%3E');
    expect(answer).toMatchObject({ status: 404, code: 'NoSuchKey' });
    expect(answer.headers['content-type']).toBe('application/xml');
    expect(elementOf(answer.body, 'Message')).toMatch(/key does not exist/);
    expect(elementOf(answer.body, 'Resource')).toBe('/bucket/no such&lt;key&gt;');
    expect(elementOf(answer.body, 'RequestId')).toBe(answer.headers['x-amz-request-id']);
  });

  it.each([
    ['PUT', '/bucket/key?acl'],
    ['PUT', '/bucket/key?uploadId=x'],
    ['PUT', '/bucket/key?partNumber=1'],
    ['PUT', '/bucket/key?versionId=1'],
    ['GET', '/bucket/key?torrent'],
    ['POST', '/bucket/key'],
    ['POST', '/bucket/key?restore'],
    ['GET', '/bucket?acl'],
    ['GET', '/bucket?list-type=1'],
    ['PUT', '/bucket?lifecycle'],
    ['DELETE', '/bucket?policy'],
    ['POST', '/bucket'],
    ['POST', '/'],
  ])('%s %s is not implemented, and changes nothing', async (method, target) => {
    const answer = await server.send(method, target, { body: method === 'GET' ? '' : '<x/>' });
    expect(answer).toMatchObject({ status: 501, code: 'NotImplemented' });
    expect(await server.text()).toBe('before');
  });

  it.each<Record<string, string>>([
    { 'x-amz-copy-source-range': 'bytes=0-1' },
    { 'x-amz-metadata-directive': 'REPLACE' },
    { 'x-amz-website-redirect-location': '/' },
    { 'x-amz-server-side-encryption': 'aws:kms' },
    { 'x-amz-storage-class': 'GLACIER' },
    { 'x-amz-acl': 'public-read' },
    { 'x-amz-expected-bucket-owner': '111122223333' },
    { 'x-amz-checksum-xxhash64': 'AAAAAAAAAAA=' },
    { 'if-none-match': '"abc"' },
    { 'if-match': '*' },
    { 'if-modified-since': 'Wed, 01 Jan 2025 00:00:00 GMT' },
    { 'x-amz-content-sha256': 'STREAMING-SOMETHING-ELSE' },
  ])('a PUT with %o is not implemented, and changes nothing', async (headers) => {
    const answer = await server.send('PUT', '/bucket/key', { headers, body: 'after' });
    expect(answer).toMatchObject({ status: 501, code: 'NotImplemented' });
    expect(await server.text()).toBe('before');
  });

  it('meet what cannot be said of versions', async () => {
    const put = async (content: string) =>
      await server.send('PUT', '/bucket?versioning', {
        body: `<VersioningConfiguration>${content}</VersioningConfiguration>`,
      });
    expect((await put('<Status>On</Status>')).code).toBe('MalformedXML');
    expect((await put('<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>')).code).toBe('NotImplemented');
    expect((await server.send('GET', '/bucket/key?versionId=')).code).toBe('InvalidArgument');
    const headers = { 'if-match': '*' };
    expect((await server.send('DELETE', '/bucket/key?versionId=null', { headers })).code).toBe(
      'NotImplemented',
    );
    expect((await server.send('PUT', '/bucket/key', { body: 'same' })).headers).not.toHaveProperty(
      'x-amz-version-id',
    );
  });

  it('do not meet the values that are the default anyway', async () => {
    const headers = { 'x-amz-acl': 'private', 'x-amz-server-side-encryption': 'AES256' };
    expect((await server.send('PUT', '/bucket/key', { headers, body: 'x' })).status).toBe(200);
  });

  it('meet other methods and malformed targets', async () => {
    expect((await server.send('PATCH', '/bucket/key')).code).toBe('MethodNotAllowed');
    expect((await server.send('GET', '/bucket/%FF')).code).toBe('InvalidURI');
    expect((await server.send('GET', '/bucket/%2')).code).toBe('InvalidURI');
  });

  it.each(['rebound.example', '127.0.0.1.example:80', 'localhost.example', '10.0.0.1'])(
    'meet requests for the host %s',
    async (host) => {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const answer = await server.send(method, '/bucket/key', { headers: { host } });
        expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
      }
      expect(await server.text()).toBe('before');
    },
  );

  it('do not meet the names of this machine', async () => {
    for (const host of ['localhost', 'LOCALHOST:80', '127.0.0.1:1', '[::1]:80']) {
      expect((await server.send('GET', '/bucket/key', { headers: { host } })).body).toBe('before');
    }
  });

  it('meet bucket names that may not be, or are taken', async () => {
    for (const name of ['AB', 'a', 'a..b', '-ab', '1.2.3.4', 'x'.repeat(64)]) {
      expect(await server.send('PUT', `/${name}`)).toMatchObject({ status: 400, code: 'InvalidBucketName' });
    }
    expect((await server.send('PUT', '/bucket')).code).toBe('BucketAlreadyOwnedByYou');
    expect((await server.send('PUT', '/another-bucket')).status).toBe(200);
    expect((await server.send('GET', '/')).body).toContain('<Name>another-bucket</Name>');
  });
});
