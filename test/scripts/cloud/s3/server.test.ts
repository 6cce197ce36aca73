/** The server's own life: who may open the file, readers during a change, failures, closing. */
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { startS3Server } from '../../../../scripts/cloud/s3/server.ts';
import { bytesOf } from './conformance/subject.ts';
import { expectNoLeftovers, storedBytes, temporaryFile, temporaryFolder } from './support/data-file.ts';
import { send } from './support/raw-http.ts';
import { startChild, startServer } from './support/servers.ts';

describe('the data file', () => {
  it('is created with its folder, and keeps all when closed and opened again', async () => {
    const file = join(temporaryFolder(), 'deep', 'er', 's3.sqlite');
    const first = await startServer({ file });
    await send(first.endpoint, 'PUT', '/bucket/key', { body: 'kept', headers: { 'x-amz-meta-a': 'b' } });
    await first.close();
    const second = await startServer({ file });
    const got = await send(second.endpoint, 'GET', '/bucket/key');
    expect(got).toMatchObject({ body: 'kept', headers: { 'x-amz-meta-a': 'b' } });
  });

  it('belongs to one process at a time; another learns who has it', async () => {
    const file = temporaryFile();
    const child = await startChild(file);
    await expect(startS3Server({ file })).rejects.toThrow(`data folder in use by process ${child.pid}:`);
    await child.kill();
    const server = await startServer({ file });
    expect((await send(server.endpoint, 'HEAD', '/bucket')).status).toBe(200);
  });

  it.each([1, 2, 3])(
    'of version %i is taken over with the objects and uploads that it holds',
    async (version) => {
      const file = temporaryFile();
      const first = await startServer({ file });
      const begun = await send(first.endpoint, 'POST', '/bucket/key?uploads');
      const id = /<UploadId>([^<]+)/.exec(begun.body)![1]!;
      const upload = `/bucket/key?uploadId=${id}`;
      const { headers } = await send(first.endpoint, 'PUT', `${upload}&partNumber=1`, { body: 'part' });
      await send(first.endpoint, 'PUT', '/bucket/old', { body: 'old' });
      await first.close();
      makeOlder(file, version);
      const { endpoint } = await startServer({ file });
      const enable = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
      await send(endpoint, 'PUT', '/bucket?versioning', { body: enable });
      await send(endpoint, 'PUT', '/bucket/old', { body: 'new' });
      expect(await send(endpoint, 'GET', '/bucket/old?versionId=null')).toMatchObject({ body: 'old' });
      const part = `<Part><PartNumber>1</PartNumber><ETag>${headers.etag}</ETag></Part>`;
      const body = `<CompleteMultipartUpload>${part}</CompleteMultipartUpload>`;
      expect(await send(endpoint, 'POST', upload, { body })).toMatchObject({ status: 200 });
      expect(await send(endpoint, 'GET', '/bucket/key')).toMatchObject({ body: 'part' });
    },
  );

  it('is refused when it is no database, not of this version or a folder, saying so', async () => {
    const file = temporaryFile();
    writeFileSync(file, 'text, and so no database');
    await expect(startS3Server({ file })).rejects.toThrow(`cannot open ${file}: file is not a database`);
    const other = temporaryFile();
    const database = new DatabaseSync(other);
    database.exec('PRAGMA user_version = 7');
    database.close();
    await expect(startS3Server({ file: other })).rejects.toThrow(
      `cannot open ${other}: it is of version 7, this program reads 4; remove it`,
    );
    const folder = temporaryFolder();
    await expect(startS3Server({ file: folder })).rejects.toThrow(`cannot open ${folder}: unable to open`);
  });
});

/** What an older program has left: the columns and tables of today taken away. */
function makeOlder(file: string, version: number): void {
  const added: Record<number, string[]> = { 2: ['upload disturbed', 'upload completed'] };
  added[3] = ['bucket versioning', ...['version', 'sequence', 'class'].map((column) => `object ${column}`)];
  added[4] = ['part modified'];
  const database = new DatabaseSync(file);
  for (let step = 4; step > version; step--) {
    for (const [table, column] of added[step]!.map((name) => name.split(' '))) {
      database.exec(`ALTER TABLE ${table} DROP COLUMN ${column}`);
    }
  }
  if (version < 3) database.exec('DROP TABLE version');
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}

describe('the server', () => {
  it('listens on the loopback interface only, on the port that is asked for', async () => {
    const { endpoint } = await startServer({ file: ':memory:' });
    expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await expect(startS3Server({ file: ':memory:', port: Number(new URL(endpoint).port) })).rejects.toThrow(
      'EADDRINUSE',
    );
  });

  it('gives a reader the version that it began with, and frees it afterwards', async () => {
    const file = temporaryFile();
    const server = await startServer({ file });
    const old = bytesOf(20_000_000);
    await send(server.endpoint, 'PUT', '/bucket/key', { body: old });
    const { hostname, port } = new URL(server.endpoint);
    const pieces: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      request({ hostname, port, path: '/bucket/key' }, (answer) => {
        answer.on('error', reject);
        // Not read before the object is replaced; the sockets hold less than 20 MB.
        send(server.endpoint, 'PUT', '/bucket/key', { body: 'new' }).then(() => {
          answer.on('data', (piece: Buffer) => pieces.push(piece));
          answer.on('end', resolve);
        }, reject);
      }).end();
    });
    expect(Buffer.compare(Buffer.concat(pieces), old)).toBe(0);
    expect((await send(server.endpoint, 'GET', '/bucket/key')).body).toBe('new');
    await server.close();
    expect(storedBytes(file)).toBe(3);
    expectNoLeftovers(file);
  });

  it('keeps the objects of its buckets apart', async () => {
    const server = await startServer({ file: ':memory:' });
    server.createBucket('other');
    await send(server.endpoint, 'PUT', '/bucket/key', { body: 'here' });
    expect((await send(server.endpoint, 'GET', '/other/key')).code).toBe('NoSuchKey');
    await send(server.endpoint, 'PUT', '/other/key', { body: 'there' });
    await send(server.endpoint, 'DELETE', '/other/key');
    expect((await send(server.endpoint, 'GET', '/bucket/key')).body).toBe('here');
    expect((await send(server.endpoint, 'GET', '/other?list-type=2')).body).toContain('<KeyCount>0<');
  });

  it('tells a failure of its own from a refusal', async () => {
    const errors: unknown[] = [];
    const broken = new Error('the hook broke');
    const server = await startServer({
      file: ':memory:',
      onError: (error) => errors.push(error),
      onRequest: () => {
        throw broken;
      },
    });
    expect(await send(server.endpoint, 'GET', '/')).toMatchObject({ status: 500, code: 'InternalError' });
    expect(errors).toEqual([broken]);
  });

  it('closes while a client dawdles', async () => {
    const server = await startServer({ file: ':memory:' });
    const { hostname, port } = new URL(server.endpoint);
    const headers = { 'content-length': 10 };
    const outgoing = request({ hostname, port, method: 'PUT', path: '/bucket/key', headers });
    const cut = new Promise((resolve) => outgoing.on('error', resolve));
    await new Promise((resolve) => outgoing.write('half', resolve));
    await send(server.endpoint, 'GET', '/');
    await server.close();
    expect(await cut).toMatchObject({ code: 'ECONNRESET' });
  });
});
