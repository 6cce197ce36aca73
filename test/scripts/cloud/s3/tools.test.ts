/**
 * What tools send by their defaults: s3cmd 2.3 and rclone 1.60 against a server like this one, written down from their
 * wires. docs/local-cloud.md says how they come here.
 */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { elementOf, type RawAnswer } from './support/raw-http.ts';
import { useServer } from './support/use-server.ts';

const server = useServer();

interface Sent {
  headers?: Record<string, string>;
  body?: string;
}

/** One request, which must be answered with this status. */
async function send(status: number, method: string, target: string, sent: Sent = {}): Promise<RawAnswer> {
  const answer = await server.send(method, target, sent);
  expect(answer, `${method} ${target}: ${answer.body}`).toMatchObject({ status });
  return answer;
}

const SPECIAL = '%C3%BC%20b%2Bc%26d.txt';

describe('s3cmd', () => {
  const kept = { 'x-amz-meta-s3cmd-attrs': 'gid:0/mode:33188', 'x-amz-storage-class': 'STANDARD' };
  const copied = { 'x-amz-metadata-directive': 'COPY', 'x-amz-storage-class': 'STANDARD' };

  it('makes a bucket, puts and lists, and asks where the bucket is', async () => {
    await send(404, 'GET', '/tool-s/?location');
    await send(200, 'PUT', '/tool-s/');
    await send(200, 'GET', '/tool-s/?location');
    await send(200, 'PUT', '/tool-s/a.txt', { headers: kept, body: 'a' });
    await send(200, 'PUT', `/tool-s/src/sub/${SPECIAL}`, { headers: kept, body: 'b' });
    const listed = await send(200, 'GET', '/tool-s/?delimiter=%2F');
    expect(elementOf(listed.body, 'Key')).toBe('a.txt');
    expect(listed.body).toContain('<CommonPrefixes><Prefix>src/</Prefix></CommonPrefixes>');
    expect((await send(200, 'GET', '/tool-s/?prefix=src%2F')).body).toContain('<Key>src/sub/ü b+c&amp;d.txt');
  });

  it('copies, moves and changes metadata in place, and takes a list of access rights for missing', async () => {
    await send(200, 'PUT', '/tool-s/b.txt', { headers: { ...copied, 'x-amz-copy-source': '/tool-s/a.txt' } });
    await send(501, 'GET', '/tool-s/b.txt?acl');
    await send(204, 'DELETE', '/tool-s/a.txt');
    const changed = {
      ...kept,
      'x-amz-copy-source': '/tool-s/b.txt',
      'x-amz-meta-a': 'b',
      'x-amz-metadata-directive': 'REPLACE',
      'x-amz-server-side-encryption': 'AES256',
    };
    await send(200, 'PUT', '/tool-s/b.txt', { headers: changed });
    const { headers } = await send(200, 'HEAD', '/tool-s/b.txt');
    expect(headers).toMatchObject({ 'x-amz-meta-a': 'b', 'x-amz-meta-s3cmd-attrs': 'gid:0/mode:33188' });
  });

  it('deletes many, and the bucket', async () => {
    await send(200, 'GET', '/tool-s/?uploads');
    const keys = ['b.txt', 'src/sub/ü b+c&amp;d.txt'].map((key) => `<Object><Key>${key}</Key></Object>`);
    const body = `<?xml version="1.0" encoding="UTF-8"?><Delete>${keys.join('')}</Delete>`;
    const headers = {
      'content-md5': createHash('md5').update(body).digest('base64'),
      'content-type': 'application/xml',
    };
    await send(200, 'POST', '/tool-s/?delete', { headers, body });
    await send(204, 'DELETE', '/tool-s/');
  });
});

describe('rclone', () => {
  const kept = { 'x-amz-acl': 'private', 'x-amz-meta-mtime': '1796092198.390498118' };
  const copy = (source: string) => ({ 'x-amz-acl': 'private', 'x-amz-copy-source': `tool-r/${source}` });

  beforeAll(async () => {
    await send(200, 'PUT', '/tool-r', { headers: { 'x-amz-acl': 'private' } });
  });

  it('copies up, lists and copies within', async () => {
    await send(404, 'HEAD', '/tool-r/src');
    const md5 = createHash('md5').update('a').digest('base64');
    for (const name of ['a.txt', SPECIAL]) {
      const headers = { ...kept, 'content-md5': md5, 'content-type': 'text/plain; charset=utf-8' };
      await send(200, 'PUT', `/tool-r/src/${name}`, { headers, body: 'a' });
      // It does not encode what need not be in a path.
      const source = `src/${name.replace('%26', '&')}`;
      const within = { ...copy(source), 'x-amz-metadata-directive': 'COPY' };
      await send(200, 'PUT', `/tool-r/copy/${name}`, { headers: within });
      const { headers: copied } = await send(200, 'HEAD', `/tool-r/copy/${name}`);
      expect(copied).toMatchObject({ 'x-amz-meta-mtime': kept['x-amz-meta-mtime'] });
    }
    const grouped = await send(200, 'GET', '/tool-r?delimiter=%2F&max-keys=1000&prefix=src%2F');
    expect(elementOf(grouped.body, 'IsTruncated')).toBe('false');
    // An empty delimiter is none.
    const all = await send(200, 'GET', '/tool-r?delimiter=&max-keys=1000&prefix=');
    expect(all.body.match(/<Key>/g)).toHaveLength(4);
  });

  it('touches in place', async () => {
    const headers = { ...kept, ...copy('src/a.txt'), 'x-amz-metadata-directive': 'REPLACE' };
    const touched = { ...headers, 'x-amz-meta-mtime': '1796093664.5', 'content-type': 'text/plain' };
    await send(200, 'PUT', '/tool-r/src/a.txt', { headers: touched });
    const answer = await send(200, 'HEAD', '/tool-r/src/a.txt');
    expect(answer.headers).toMatchObject({
      'x-amz-meta-mtime': '1796093664.5',
      'content-type': 'text/plain',
    });
  });

  it('copies in parts, and cleans up', async () => {
    const created = await send(200, 'POST', '/tool-r/big?uploads=', { headers: kept });
    const upload = `uploadId=${elementOf(created.body, 'UploadId')}`;
    const headers = { ...copy('src/a.txt'), 'x-amz-copy-source-range': 'bytes=0-0' };
    const { 'x-amz-acl': _, ...partHeaders } = headers;
    const part = await send(200, 'PUT', `/tool-r/big?partNumber=1&${upload}`, { headers: partHeaders });
    const etag = elementOf(part.body, 'ETag');
    const listed = `<Part><ETag>${etag}</ETag><PartNumber>1</PartNumber></Part>`;
    const body = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${listed}</CompleteMultipartUpload>`;
    await send(200, 'POST', `/tool-r/big?${upload}`, { body });
    await send(200, 'GET', '/tool-r?max-uploads=1000&prefix=&uploads=');
    await send(200, 'GET', '/tool-r?versioning=');
    await send(409, 'DELETE', '/tool-r');
    for (const name of ['src/a.txt', 'copy/a.txt', `src/${SPECIAL}`, `copy/${SPECIAL}`, 'big']) {
      await send(204, 'DELETE', `/tool-r/${name}`);
    }
    await send(204, 'DELETE', '/tool-r');
  });
});
