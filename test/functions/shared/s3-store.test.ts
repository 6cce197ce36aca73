import { PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConflictError, StorageUnavailableError } from '../../../functions/shared/errors.ts';
import { createS3Store } from '../../../functions/shared/s3-store.ts';
import { type FakeS3, fakeS3, s3Error } from '../support/fake-s3.ts';

let s3: FakeS3;
const store = createS3Store('bucket');
const bytes = (text: string) => new TextEncoder().encode(text);
beforeEach(() => {
  s3 = fakeS3();
});

async function* stream(...chunks: (Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk;
    yield chunk;
  }
}

describe('S3 store', () => {
  it('reads what is there, nothing where nothing is, and unchanged by ETag', async () => {
    expect(await store.get('a')).toBeUndefined();
    expect(await store.size('a')).toBeUndefined();
    await store.createImmutable('a', bytes('one'));
    const object = (await store.get('a'))!;
    expect(Buffer.from(object.body).toString()).toBe('one');
    expect(await store.size('a')).toBe(3);
    expect(await store.getIfChanged('a', object.etag)).toBe('unchanged');
    expect(await store.getIfChanged('a', '"other"')).toEqual(object);
  });

  it('creates once: identical bytes again are fine, others are a conflict and change nothing', async () => {
    await store.createImmutable('a', bytes('one'));
    await store.createImmutable('a', bytes('one'));
    await expect(store.createImmutable('a', bytes('two'))).rejects.toThrow(ConflictError);
    expect(Buffer.from((await store.get('a'))!.body).toString()).toBe('one');
  });

  it('takes a 412 after a lost response for the success it was', async () => {
    s3.mock.on(PutObjectCommand).callsFakeOnce(async (input) => {
      s3.objects.set(input.Key, { body: input.Body as Uint8Array, etag: '"x"' });
      throw s3Error(412, 'PreconditionFailed');
    });
    await expect(store.createImmutable('a', bytes('one'))).resolves.toBeUndefined();
  });

  it('tries again after 409, which says that another write is under way', async () => {
    s3.mock.on(PutObjectCommand).rejectsOnce(s3Error(409, 'ConditionalRequestConflict'));
    expect(await store.tryCreate('a', bytes('one'))).toEqual({ created: true });
  });

  it('counts up by compare-and-swap without losing an update', async () => {
    const increment = () =>
      store.compareAndSwap('n', (current) =>
        bytes(String(Number(current === undefined ? 0 : Buffer.from(current).toString()) + 1)),
      );
    await Promise.all(Array.from({ length: 8 }, increment));
    expect(Buffer.from((await store.get('n'))!.body).toString()).toBe('8');
  });

  it('leaves the object alone when there is nothing to change', async () => {
    await store.compareAndSwap('n', () => undefined);
    expect(s3.objects.size).toBe(0);
  });

  it('gives up a compare-and-swap that always loses', async () => {
    await store.createImmutable('n', bytes('0'));
    s3.mock.on(PutObjectCommand).rejects(s3Error(412, 'PreconditionFailed'));
    await expect(store.compareAndSwap('n', () => bytes('1'))).rejects.toThrow(/lost races/);
  });
});

describe('S3 store, streamed writes', () => {
  it.each([0, 3, 8 * 1024 * 1024, 8 * 1024 * 1024 + 1, 20 * 1024 * 1024])('writes %i bytes', async (size) => {
    const body = Buffer.alloc(size, 'ab');
    const chunks = Array.from({ length: Math.ceil(size / 1_000_003) }, (_, index) =>
      body.subarray(index * 1_000_003, (index + 1) * 1_000_003),
    );
    expect(await store.createFromStream('a', stream(...chunks))).toBe(true);
    expect(body.equals(s3.objects.get('a')!.body)).toBe(true);
    expect(s3.uploads.size).toBe(0);
  });

  it('leaves nothing behind when the stream fails, early or late', async () => {
    const failure = new Error('broken');
    for (const chunks of [[], [Buffer.alloc(1)], [Buffer.alloc(9_000_000), Buffer.alloc(9_000_000)]]) {
      await expect(store.createFromStream('a', stream(...chunks, failure))).rejects.toBe(failure);
      expect(s3.objects.size + s3.uploads.size).toBe(0);
    }
  });

  it('says when the key was taken meanwhile, for small and large bodies', async () => {
    await store.createImmutable('a', bytes('first'));
    expect(await store.createFromStream('a', stream(bytes('second')))).toBe(false);
    expect(await store.createFromStream('a', stream(Buffer.alloc(9_000_000), Buffer.alloc(1)))).toBe(false);
    expect(Buffer.from(s3.objects.get('a')!.body).toString()).toBe('first');
    expect(s3.uploads.size).toBe(0);
  });

  it.each([
    s3Error(503, 'SlowDown'),
    s3Error(500, 'InternalError'),
    s3Error(429, 'TooManyRequests'),
    Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
  ])('calls %s unavailable storage, which is tried again', async (error) => {
    s3.mock.on(PutObjectCommand).rejects(error);
    await expect(store.tryCreate('b', bytes('x'))).rejects.toThrow(StorageUnavailableError);
  });

  it('passes a refusal on as it is', async () => {
    s3.mock.on(PutObjectCommand).rejects(s3Error(403, 'AccessDenied'));
    await expect(store.tryCreate('b', bytes('x'))).rejects.toThrow('AccessDenied');
  });
});
