/** What other requests do while a body is on its way: conditions and uploads are looked at when it is whole. */
import { createHash } from 'node:crypto';
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

/** Turns of the event loop that others get while `work` is done. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isOver = true;
  return turns;
}

it('others get their turn while a body is taken that is there as a whole', async () => {
  async function* body(): AsyncGenerator<Buffer> {
    for (let at = 0; at < BODY.length; at += 65_536) yield BODY.subarray(at, at + 65_536);
  }
  const headers = { 'content-length': String(BODY.length) };
  const head = { id: '1', method: 'PUT', target: '/bucket/key', headers };
  const turns = await turnsDuring(() => feed(answer(store, head), body()));
  expect(turns).toBeGreaterThanOrEqual(Math.floor(BODY.length / 131_072));
});

it('others get their turn while many keys are deleted', async () => {
  const keys = Array.from({ length: 1000 }, (_, i) => `<Object><Key>${i}</Key></Object>`).join('');
  const document = Buffer.from(`<Delete>${keys}</Delete>`);
  async function* body(): AsyncGenerator<Buffer> {
    yield document;
  }
  const headers = {
    'content-length': String(document.length),
    'content-md5': createHash('md5').update(document).digest('base64'),
  };
  const head = { id: '1', method: 'POST', target: '/bucket?delete', headers };
  let answered: unknown;
  const turns = await turnsDuring(async () => {
    answered = await feed(answer(store, head), body());
  });
  expect(answered).toMatchObject({ status: 200 });
  expect(turns).toBeGreaterThanOrEqual(20);
});

it('an upload that was aborted meanwhile takes no part', async () => {
  store.uploads.create({ bucket: 'bucket', key: 'key', headers: {}, checksum: undefined });
  const part = '/bucket/key?uploadId=upload&partNumber=1';
  expect(await put(part, () => {})).toMatchObject({ status: 200 });
  const late = await put(part, () => store.uploads.abort('bucket', 'key', 'upload'));
  expect(late).toMatchObject({ status: 404, body: expect.stringContaining('NoSuchUpload') });
});
