/** Bulk work lets others in: how much one slice touches, and what they see in between. */
import { statSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Background, doWhole, type Sliced } from '../../../../scripts/cloud/s3/background.ts';
import { answerWhole } from '../../../../scripts/cloud/s3/core.ts';
import { S3Store } from '../../../../scripts/cloud/s3/store.ts';
import { expectNoLeftovers, storedBytes, temporaryFile } from './support/data-file.ts';
import { send } from './support/raw-http.ts';
import { startChild, startServer } from './support/servers.ts';

const MIB = 2 ** 20;
let file: string;
let store: S3Store;
let work: Sliced[];
let isOpen: boolean;

function open(): S3Store {
  work = [];
  isOpen = true;
  store = new S3Store({ file, schedule: (slices) => work.push(slices) });
  return store;
}
function close(): void {
  store.close();
  isOpen = false;
}
const request = (method: string, target: string, body = Buffer.alloc(0)) =>
  answerWhole(store, { id: '1', method, target, headers: { 'content-length': String(body.length) }, body });
const put = (key: string, mib: number) => request('PUT', `/bucket/${key}`, Buffer.alloc(mib * MIB, key));

beforeEach(() => {
  file = temporaryFile();
  open().buckets.create('bucket');
});
afterEach(() => {
  if (isOpen) close();
});

it('a large object is gone at once, and its bytes a few at a time, others being answered in between', () => {
  put('large', 40);
  put('other', 1);
  expect(request('DELETE', '/bucket/large').status).toBe(204);
  expect(request('HEAD', '/bucket/large').status).toBe(404);
  const [erasing] = work;
  let slices = 0;
  let before = store.blobs.chunks;
  for (const _ of erasing!) {
    slices++;
    expect(before - store.blobs.chunks).toBeLessThanOrEqual(8);
    before = store.blobs.chunks;
    expect(request('HEAD', '/bucket/other').status).toBe(200);
  }
  expect(slices).toBeGreaterThan(5);
  expect(store.blobs.chunks).toBe(1);
});

it('the file shrinks when what it held is deleted', () => {
  put('large', 40);
  put('other', 1);
  request('DELETE', '/bucket/large');
  for (const slices of work) doWhole(slices);
  close();
  expect(statSync(file).size).toBeLessThan(12 * MIB);
  expect(storedBytes(file)).toBe(MIB);
  expectNoLeftovers(file);
  open();
  expect(Buffer.from(store.read('bucket', 'other')!).equals(Buffer.alloc(MIB, 'other'))).toBe(true);
});

it('what was left in the middle of a removal is swept by the next process, and nothing else', () => {
  put('large', 20);
  put('other', 2);
  request('DELETE', '/bucket/large');
  work[0]!.next();
  close();
  expect(storedBytes(file)).toBeGreaterThan(10 * MIB);
  open();
  // New bytes don't take the place of those that are to be removed.
  put('new', 2);
  for (const slices of work) doWhole(slices);
  expect(store.blobs.chunks).toBe(4);
  expect(Buffer.from(store.read('bucket', 'new')!).equals(Buffer.alloc(2 * MIB, 'new'))).toBe(true);
  close();
  expectNoLeftovers(file);
});

it('a server that is killed while it removes has lost no object and shows none in part', async () => {
  close();
  const child = await startChild(file);
  const body = Buffer.alloc(30 * MIB, 'x');
  await send(child.endpoint, 'PUT', '/bucket/large', { body });
  await send(child.endpoint, 'PUT', '/bucket/kept', { body: 'kept' });
  await send(child.endpoint, 'DELETE', '/bucket/large');
  await child.kill();
  const server = await startServer({ file });
  expect((await send(server.endpoint, 'GET', '/bucket/large')).code).toBe('NoSuchKey');
  expect((await send(server.endpoint, 'GET', '/bucket/kept')).body).toBe('kept');
  await server.close();
  expect(storedBytes(file)).toBe(4);
  expectNoLeftovers(file);
});

it('each slice ends a turn of the event loop, and what fails does not end the others', async () => {
  const events: string[] = [];
  const background = new Background((error) => events.push(String(error)));
  background.add(
    (function* () {
      yield void events.push('first');
      throw new Error('broken');
    })(),
  );
  const done = new Promise<void>((resolve) =>
    background.add(
      (function* () {
        yield void events.push('second');
        resolve();
      })(),
    ),
  );
  expect(events).toEqual([]);
  setImmediate(() => events.push('other'));
  await done;
  expect(events.slice(0, 2)).toEqual(['first', 'other']);
  expect(events).toEqual(['first', 'other', 'Error: broken', 'second']);
});
