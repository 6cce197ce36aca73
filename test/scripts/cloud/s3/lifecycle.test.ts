/** What is due is done by the store's clock, and nothing sooner. */
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { readAssembly } from '../../../../scripts/cloud/assembly.ts';
import { describeResources } from '../../../../scripts/cloud/resources.ts';
import { doWhole } from '../../../../scripts/cloud/s3/background.ts';
import type { BucketProperties } from '../../../../scripts/cloud/s3/buckets.ts';
import { answerWhole } from '../../../../scripts/cloud/s3/core.ts';
import type { LifecycleRule } from '../../../../scripts/cloud/s3/lifecycle-rules.ts';
import { S3Store } from '../../../../scripts/cloud/s3/store.ts';
import { expectNoLeftovers, storedBytes, temporaryFile } from './support/data-file.ts';
import { send } from './support/raw-http.ts';
import { startServer } from './support/servers.ts';

const [{ name: _, ...APP } = { name: '', versioning: undefined, lifecycle: [] }] = describeResources(
  readAssembly(inject('assembly')),
  { parameters: {}, endpoint: 'http://127.0.0.1' },
).buckets;

let now: number;
let store: S3Store;
const at = (time: string) => {
  now = Date.parse(time);
};
const deploy = (properties: Partial<BucketProperties>) =>
  store.buckets.deploy('bucket', { versioning: undefined, lifecycle: [], ...properties });
const rule = (more: Partial<LifecycleRule>): LifecycleRule => ({ prefix: '', transitions: [], ...more });
const put = (key: string, size = 1) => {
  const body = Buffer.alloc(size);
  const headers = { 'content-length': String(size) };
  return answerWhole(store, { id: '1', method: 'PUT', target: `/bucket/${key}`, headers, body });
};
/** Keys that are seen, after what is due by now was done. */
function left(): string[] {
  doWhole(store.lifecycle.run());
  const query = { prefix: '', delimiter: '', after: '', maxKeys: 10_000 };
  return store.objects.list('bucket', query).items.map(({ key }) => key);
}
/** All versions as key, m for markers. */
function versions(): string[] {
  doWhole(store.lifecycle.run());
  const query = { prefix: '', delimiter: '', after: '', afterVersion: undefined, maxKeys: 10_000 };
  return store.objects
    .listVersions('bucket', query)
    .items.map(({ key, isMarker }) => (isMarker ? `${key} m` : key));
}

beforeEach(() => {
  at('2026-01-15T10:30:00Z');
  store = new S3Store({ file: ':memory:', now: () => now });
});
afterEach(() => store.close());

it('days end at the midnight that follows them, in UTC', () => {
  deploy({ lifecycle: [rule({ expirationDays: 3 })] });
  put('morning');
  at('2026-01-16T00:00:00Z');
  put('midnight');
  at('2026-01-18T23:59:59.999Z');
  expect(left()).toEqual(['midnight', 'morning']);
  at('2026-01-19T00:00:00Z');
  expect(left()).toEqual([]);
});

describe("the app's rules", () => {
  beforeEach(() => deploy(APP));

  it('abort an upload that has not ended after a day', () => {
    const id = store.uploads.create({ bucket: 'bucket', key: 'runs/x', headers: {}, checksum: undefined });
    at('2026-01-16T23:59:00Z');
    const pending = () => {
      doWhole(store.lifecycle.run());
      return [id, late].filter((upload) => {
        const target = `/bucket/runs/x?uploadId=${upload}&partNumber=1`;
        const headers = { 'content-length': '0' };
        return (
          answerWhole(store, { id: '1', method: 'PUT', target, headers, body: Buffer.alloc(0) }).status ===
          200
        );
      });
    };
    const late = store.uploads.create({ bucket: 'bucket', key: 'runs/x', headers: {}, checksum: undefined });
    expect(pending()).toEqual([id, late]);
    at('2026-01-17T00:00:00Z');
    expect(pending()).toEqual([late]);
  });

  it('let parts of rounds expire after a week: a marker first, a day later nothing, then the marker goes', () => {
    for (const key of ['rounds', 'rounds/1/a', 'round/1', 'roundsx']) put(key);
    const others = ['round/1', 'rounds', 'roundsx'];
    at('2026-01-22T23:59:00Z');
    expect(left()).toHaveLength(4);
    at('2026-01-23T00:00:00Z');
    expect(left()).toEqual(others);
    expect(versions()).toEqual(['round/1', 'rounds', 'rounds/1/a m', 'rounds/1/a', 'roundsx']);
    at('2026-01-24T00:00:00Z');
    expect(versions()).toEqual(['round/1', 'rounds', 'rounds/1/a m', 'roundsx']);
    at('2026-01-30T00:00:00Z');
    expect(versions()).toEqual(others);
  });

  it('keep a replaced version for thirty days from when it was replaced', () => {
    put('models/m/latest.json');
    at('2026-03-01T12:00:00Z');
    put('models/m/latest.json');
    at('2026-03-31T23:59:00Z');
    expect(versions()).toHaveLength(2);
    at('2026-04-01T00:00:00Z');
    expect(versions()).toHaveLength(1);
    expect(left()).toHaveLength(1);
  });
});

it('large objects are counted to another class when they are due, which reads show', () => {
  const transitions = [{ days: 30, storageClass: 'GLACIER_IR' }];
  deploy({ lifecycle: [rule({ prefix: 'runs/', transitions })] });
  put('runs/large', 128 * 1024);
  put('runs/small');
  put('other', 128 * 1024);
  const classOf = (key: string) => {
    doWhole(store.lifecycle.run());
    const target = `/bucket/${key}`;
    const head = answerWhole(store, {
      id: '1',
      method: 'HEAD',
      target,
      headers: {},
      body: Buffer.alloc(0),
    });
    return head.headers['x-amz-storage-class'] ?? 'STANDARD';
  };
  at('2026-02-14T23:59:00Z');
  expect(classOf('runs/large')).toBe('STANDARD');
  at('2026-02-15T00:00:00Z');
  expect(['runs/large', 'runs/small', 'other'].map(classOf)).toEqual(['GLACIER_IR', 'STANDARD', 'STANDARD']);
  expect(store.objects.get('bucket', 'runs/large').modified).toBe(Date.parse('2026-01-15T10:30:00Z'));
  // What is written anew is new.
  put('runs/large', 128 * 1024);
  expect(classOf('runs/large')).toBe('STANDARD');
});

it('newer versions stay as many as the rule keeps, though they are due', () => {
  deploy({ versioning: 'Enabled', lifecycle: [rule({ noncurrent: { days: 1, keep: 2 } })] });
  for (let i = 0; i < 5; i++) put('key');
  at('2026-02-01T00:00:00Z');
  expect(versions()).toHaveLength(3);
});

it('a marker behind which there is nothing goes at once where a rule says so', () => {
  deploy({ versioning: 'Enabled', lifecycle: [rule({ removesMarkers: true })] });
  store.objects.delete('bucket', 'gone');
  put('kept');
  store.objects.delete('bucket', 'kept');
  expect(versions()).toEqual(['kept m', 'kept']);
});

it('a bucket without versions loses what expires, however many there are, in slices', () => {
  deploy({ lifecycle: [rule({ prefix: 'a/', expirationDays: 1 })] });
  for (let i = 0; i < 1_200; i++) put(`a/${i}`);
  put('b');
  at('2026-01-20T00:00:00Z');
  let slices = 0;
  for (const _ of store.lifecycle.run()) slices++;
  expect(slices).toBeGreaterThan(2);
  expect(left()).toEqual(['b']);
});

it('a deployment without the versioning of before suspends it', () => {
  deploy({ versioning: 'Enabled' });
  put('key');
  deploy({});
  put('key');
  put('key');
  expect(versions()).toEqual(['key', 'key']);
  expect(store.buckets.versioning('bucket')).toBe('Suspended');
});

it('a server does at its start what came due while it was off, and frees the bytes', async () => {
  const file = temporaryFile();
  const first = await startServer({ file, now: () => now });
  await send(first.endpoint, 'PUT', '/bucket/rounds/1', { body: Buffer.alloc(3_000_000) });
  await send(first.endpoint, 'PUT', '/bucket/runs/1', { body: 'kept' });
  await first.close();
  at('2026-02-01T00:00:00Z');
  const second = await startServer({ file, now: () => now });
  second.createBucket('bucket', { versioning: undefined, lifecycle: APP.lifecycle });
  second.startLifecycle();
  await expect
    .poll(async () => (await send(second.endpoint, 'GET', '/bucket?list-type=2')).body, { interval: 1 })
    .not.toContain('rounds/1');
  await second.close();
  expect(storedBytes(file)).toBe(4);
  expectNoLeftovers(file);
});
