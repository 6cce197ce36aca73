/** What other requests do while a body is on its way: conditions and uploads are looked at when it is whole. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { answer } from '../../../../scripts/cloud/s3/core.ts';
import { S3Store } from '../../../../scripts/cloud/s3/store.ts';
import { feed } from '../../../../scripts/cloud/s3/transport.ts';

const BODY = Buffer.alloc(3_000_000, 'x');
let store: S3Store;

beforeEach(() => {
  store = new S3Store({ file: ':memory:', newId: () => 'upload' });
  store.buckets.create('bucket');
});
afterEach(() => store.close());

/** A PUT in the middle of whose body `meanwhile` happens; the status and body of its answer. */
async function put(target: string, meanwhile: () => unknown, condition: Record<string, string> = {}) {
  async function* body(): AsyncGenerator<Buffer> {
    yield BODY.subarray(0, 2_000_000);
    await meanwhile();
    yield BODY.subarray(2_000_000);
  }
  const headers = { 'content-length': String(BODY.length), ...condition };
  return await feed(answer(store, { id: '1', method: 'PUT', target, headers }), body());
}

it('a key that was taken meanwhile fails If-None-Match: *', async () => {
  const first = async (): Promise<void> => {
    expect(await put('/bucket/key', () => {})).toMatchObject({ status: 200 });
  };
  expect(await put('/bucket/key', first, { 'if-none-match': '*' })).toMatchObject({ status: 412 });
  expect(await put('/bucket/other', () => {}, { 'if-none-match': '*' })).toMatchObject({ status: 200 });
});

it('an upload that was aborted meanwhile takes no part', async () => {
  store.uploads.create({ bucket: 'bucket', key: 'key', headers: {}, checksum: undefined });
  const part = '/bucket/key?uploadId=upload&partNumber=1';
  expect(await put(part, () => {})).toMatchObject({ status: 200 });
  const late = await put(part, () => store.uploads.abort('bucket', 'key', 'upload'));
  expect(late).toMatchObject({ status: 404, body: expect.stringContaining('NoSuchUpload') });
});
