/** Buckets named by the host of a request instead of its path. */
import { describe, expect, it } from 'vitest';
import { elementOf } from './support/raw-http.ts';
import { useServer } from './support/use-server.ts';

const server = useServer();

describe('a virtual host', () => {
  it.each(['bucket.localhost', 'bucket.localhost:9000', 'bucket.s3.localhost', 'BUCKET.S3.localhost:80'])(
    '%s names the bucket',
    async (host) => {
      const headers = { host };
      expect((await server.send('GET', '/key', { headers })).body).toBe('before');
      await server.send('PUT', '/bucket/a//b', { headers, body: 'x' });
      expect((await server.send('GET', '/bucket/bucket/a//b')).body).toBe('x');
      expect((await server.send('GET', '/?list-type=2&prefix=k', { headers })).body).toContain('<Key>key<');
      const gone = await server.send('GET', '/no%20key', { headers });
      expect(elementOf(gone.body, 'Resource')).toBe('/bucket/no key');
    },
  );

  it.each(['s3.localhost', 's3.localhost:80', 'localhost:80', '127.0.0.1'])('%s names none', async (host) => {
    const headers = { host };
    expect((await server.send('GET', '/bucket/key', { headers })).body).toBe('before');
    expect((await server.send('GET', '/', { headers })).body).toContain('<Name>bucket</Name>');
  });

  it('may have dots, as names of buckets have', async () => {
    const headers = { host: 'with.dots.localhost:80' };
    expect((await server.send('PUT', '/', { headers })).status).toBe(200);
    await server.send('PUT', '/key', { headers, body: 'x' });
    expect((await server.send('GET', '/with.dots/key')).body).toBe('x');
  });

  it('is the one of the address that a completed upload is given', async () => {
    const headers = { host: 'bucket.localhost:80' };
    const created = await server.send('POST', '/a/b?uploads', { headers });
    const upload = `/a/b?uploadId=${elementOf(created.body, 'UploadId')}`;
    const { headers: part } = await server.send('PUT', `${upload}&partNumber=1`, { headers, body: 'x' });
    const listed = `<Part><PartNumber>1</PartNumber><ETag>${part.etag}</ETag></Part>`;
    const body = `<CompleteMultipartUpload>${listed}</CompleteMultipartUpload>`;
    const completed = await server.send('POST', upload, { headers, body });
    expect(elementOf(completed.body, 'Location')).toBe('http://bucket.localhost:80/a%2Fb');
  });

  it.each(['bucket.localhost.example', 'bucket.127.0.0.1', 'localhost.', 'a..localhost', '.localhost'])(
    '%s is none of this machine',
    async (host) => {
      const answer = await server.send('GET', '/key', { headers: { host } });
      expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
    },
  );
});
