import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { ConflictError, NotFoundError, StorageUnavailableError } from '../../../functions/store/errors.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { s3Error, s3WithContent } from '../support/fake-s3.ts';

const s3 = s3WithContent();
const store = createS3Store('bucket');
const bytes = (text: string) => new TextEncoder().encode(text);

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

  it('deletes what is there, and nothing where nothing is', async () => {
    await store.createImmutable('a', bytes('one'));
    await store.createImmutable('ab', bytes('two'));
    await store.delete('a');
    await store.delete('a');
    expect(await store.list('a')).toEqual(['ab']);
    expect(await store.listFolders('')).toEqual([]);
    await store.createImmutable('a/b/c', bytes('three'));
    expect([await store.list('a/'), await store.listFolders('a/')]).toEqual([['a/b/c'], ['b']]);
  });

  it('creates once: identical bytes again are fine, others are a conflict and change nothing', async () => {
    await store.createImmutable('a', bytes('one'));
    await store.createImmutable('a', bytes('one'));
    await expect(store.createImmutable('a', bytes('two'))).rejects.toThrow(ConflictError);
    expect(Buffer.from((await store.get('a'))!.body).toString()).toBe('one');
  });

  it('takes a 412 after a lost response for the success it was', async () => {
    s3.once(PutObjectCommand, (input) => {
      s3.objects.set(input.Key, { body: input.Body as Uint8Array });
      throw s3Error(412, 'PreconditionFailed');
    });
    await expect(store.createImmutable('a', bytes('one'))).resolves.toBeUndefined();
  });

  it('takes a 412 on identical bytes for written also where several contents are possible', async () => {
    await store.createImmutable('a', bytes('one'));
    expect(await store.tryCreate('a', bytes('one'))).toEqual({ created: true });
    expect(await store.tryCreate('a', bytes('two'))).toMatchObject({ created: false });
  });

  it('writes anew when the holder of the key went away in between', async () => {
    s3.once(PutObjectCommand, () => {
      throw s3Error(412, 'PreconditionFailed');
    });
    expect(await store.tryCreate('a', bytes('one'))).toEqual({ created: true });
  });

  it('is unavailable, and so tried again later, when 409 does not end', async () => {
    s3.fail(s3Error(409, 'ConditionalRequestConflict'), PutObjectCommand);
    await expect(store.createImmutable('a', bytes('one'))).rejects.toThrow(StorageUnavailableError);
    await expect(store.compareAndSwap('a', () => bytes('one'))).rejects.toThrow(StorageUnavailableError);
  });

  it('tries again after 409, which says that another write is under way', async () => {
    s3.once(PutObjectCommand, () => {
      throw s3Error(409, 'ConditionalRequestConflict');
    });
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

  it('swaps nothing that somebody else has written since it looked', async () => {
    await store.createImmutable('n', bytes('1'));
    s3.afterRead('n', () => s3.objects.set('n', { body: bytes('2') }));
    const seen: string[] = [];
    await store.compareAndSwap('n', (current) => {
      seen.push(Buffer.from(current!).toString());
      return Buffer.concat([current!, bytes('+')]);
    });
    expect(seen).toEqual(['1', '2']);
    expect(Buffer.from(s3.objects.get('n')!.body).toString()).toBe('2+');
  });

  it('creates nothing over what somebody else has created since it looked', async () => {
    s3.once(PutObjectCommand, ({ Key }, perform) => {
      s3.objects.set(Key!, { body: bytes('theirs') });
      return perform();
    });
    await store.compareAndSwap('n', (current) => (current === undefined ? bytes('mine') : undefined));
    expect(Buffer.from(s3.objects.get('n')!.body).toString()).toBe('theirs');
  });

  it('creates anew what was deleted under it, which S3 answers with 404', async () => {
    await store.createImmutable('n', bytes('5'));
    s3.once(PutObjectCommand, ({ Key }) => {
      s3.objects.delete(Key);
      throw s3Error(404, 'NoSuchKey');
    });
    await store.compareAndSwap('n', (current) => (current === undefined ? bytes('new') : bytes('6')));
    expect(Buffer.from(s3.objects.get('n')!.body).toString()).toBe('new');
  });

  it('leaves the object alone when there is nothing to change', async () => {
    await store.compareAndSwap('n', () => undefined);
    expect(s3.objects.size).toBe(0);
  });

  it('gives up a compare-and-swap that always loses', async () => {
    await store.createImmutable('n', bytes('0'));
    s3.fail(s3Error(412, 'PreconditionFailed'), PutObjectCommand);
    const swap = store.compareAndSwap('n', () => bytes('1'));
    await expect(swap).rejects.toThrow(/n could not be written: lost races/);
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
    expect(s3.uploads.length).toBe(0);
  });

  it('leaves nothing behind when the stream fails, early or late', async () => {
    const failure = new Error('broken');
    for (const chunks of [[], [Buffer.alloc(1)], [Buffer.alloc(9_000_000), Buffer.alloc(9_000_000)]]) {
      await expect(store.createFromStream('a', stream(...chunks, failure))).rejects.toBe(failure);
      expect(s3.objects.size + s3.uploads.length).toBe(0);
    }
  });

  it('says when the key was taken meanwhile, for small and large bodies', async () => {
    await store.createImmutable('a', bytes('first'));
    expect(await store.createFromStream('a', stream(bytes('second')))).toBe(false);
    expect(await store.createFromStream('a', stream(Buffer.alloc(9_000_000), Buffer.alloc(1)))).toBe(false);
    expect(Buffer.from(s3.objects.get('a')!.body).toString()).toBe('first');
    expect(s3.uploads.length).toBe(0);
  });

  it.each([
    ['412', s3Error(412, 'PreconditionFailed')],
    ['404, the upload being complete', s3Error(404, 'NoSuchUpload')],
  ])('says the same when its own answer was lost and the second try saw %s', async (_name, error) => {
    s3.once(CompleteMultipartUploadCommand, ({ Key, UploadId }) => {
      s3.objects.set(Key, { body: Buffer.alloc(9_000_001) });
      s3.store.uploads.abort('bucket', Key, UploadId);
      throw error;
    });
    expect(await store.createFromStream('a', stream(Buffer.alloc(9_000_000), Buffer.alloc(1)))).toBe(false);
  });

  it.each([
    ['409, another write being under way', s3Error(409, 'ConditionalRequestConflict')],
    ['404, the upload being gone', s3Error(404, 'NoSuchUpload')],
  ])('is unavailable when the end is refused with %s, and nothing is there', async (_name, error) => {
    s3.once(CompleteMultipartUploadCommand, () => {
      throw error;
    });
    const writing = store.createFromStream('a', stream(Buffer.alloc(9_000_000), Buffer.alloc(1)));
    await expect(writing).rejects.toThrow(StorageUnavailableError);
    expect(s3.objects.size + s3.uploads.length).toBe(0);
  });

  it('ends the stream and frees the parts when a part can not be written', async () => {
    let ended = false;
    async function* body() {
      try {
        for (let i = 0; i < 5; i++) yield Buffer.alloc(9_000_000);
      } finally {
        ended = true;
      }
    }
    s3.fail(s3Error(503, 'SlowDown'), UploadPartCommand);
    await expect(store.createFromStream('a', body())).rejects.toThrow(StorageUnavailableError);
    expect(ended).toBe(true);
    expect(s3.objects.size + s3.uploads.length).toBe(0);
  });

  it('reports the first error when the parts can not be freed either', async () => {
    s3.fail(s3Error(403, 'AccessDenied'), AbortMultipartUploadCommand);
    const failure = new Error('broken');
    const body = stream(Buffer.alloc(9_000_000), Buffer.alloc(1), failure);
    await expect(store.createFromStream('a', body)).rejects.toBe(failure);
  });
});

describe('S3 store, errors', () => {
  const network = (code: string) => Object.assign(new Error('refused'), { code });

  it.each([
    s3Error(503, 'SlowDown'),
    s3Error(500, 'InternalError'),
    s3Error(429, 'TooManyRequests'),
    s3Error(400, 'RequestTimeout'),
    network('ECONNREFUSED'),
    network('EHOSTUNREACH'),
    Object.assign(new Error('no answer'), { name: 'TimeoutError' }),
  ])('calls %s unavailable storage, which is tried again', async (error) => {
    s3.fail(error);
    await expect(store.tryCreate('b', bytes('x'))).rejects.toThrow(StorageUnavailableError);
    await expect(store.get('b')).rejects.toThrow(StorageUnavailableError);
    await expect(store.size('b')).rejects.toThrow(StorageUnavailableError);
    await expect(store.list('b')).rejects.toThrow(StorageUnavailableError);
    await expect(store.createFromStream('b', stream(bytes('x')))).rejects.toThrow(StorageUnavailableError);
  });

  it('calls a body that breaks off while it is read unavailable storage', async () => {
    const broken = { transformToByteArray: () => Promise.reject(network('ECONNRESET')) };
    s3.always(GetObjectCommand, () => ({ ETag: '"1"', Body: broken as never }));
    await expect(store.get('b')).rejects.toThrow(StorageUnavailableError);
  });

  it('passes a refusal on by its name, saying what was tried', async () => {
    s3.fail(s3Error(403, 'AccessDenied'), PutObjectCommand);
    await expect(store.tryCreate('b', bytes('x'))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'PUT b: AccessDenied',
    });
  });

  it('does not take a bucket that is not there for an object that is not there', async () => {
    const elsewhere = createS3Store('other');
    const refused = { name: 'NoSuchBucket' };
    await expect(elsewhere.get('b')).rejects.toMatchObject(refused);
    await expect(elsewhere.tryCreate('b', bytes('x'))).rejects.toMatchObject(refused);
    await expect(elsewhere.compareAndSwap('b', () => bytes('x'))).rejects.toMatchObject(refused);
  });
});

describe('a streamed read', () => {
  const MIB = 1024 * 1024;
  const large = Uint8Array.from({ length: 9 * MIB }, (_, index) => index % 251);
  const read = async (range?: { start?: number; end?: number }) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of store.stream('a', range)) pieces.push(piece);
    return { bytes: Buffer.concat(pieces), pieces: pieces.length };
  };
  /** The answer that the first piece has, with another body. */
  const firstPiece = (transformToByteArray: () => Promise<Uint8Array>) => {
    const ETag = s3.objects.get('a')!.etag;
    return { ETag, ContentRange: `bytes 0-8388607/${9 * MIB}`, Body: { transformToByteArray } };
  };
  const ranges = () => s3.sent(GetObjectCommand).map(({ Range, IfMatch }) => [Range, IfMatch]);

  it('takes pieces of 8 MiB, all of the version that the first was of', async () => {
    s3.objects.set('a', { body: large });
    const { bytes: whole, pieces } = await read();
    expect(whole.equals(large)).toBe(true);
    expect(pieces).toBe(2);
    expect(ranges()).toEqual([
      ['bytes=0-8388607', undefined],
      ['bytes=8388608-9437183', s3.objects.get('a')!.etag],
    ]);
  });

  it('takes a part', async () => {
    s3.objects.set('a', { body: large });
    expect((await read({ start: 5, end: 9 })).bytes).toEqual(Buffer.from(large.subarray(5, 9)));
    expect((await read({ start: 9 * MIB - 3 })).bytes).toEqual(Buffer.from(large.subarray(-3)));
    expect((await read({ start: 9 * MIB - 3, end: 10 * MIB })).bytes.length).toBe(3);
    expect((await read({ start: 9 * MIB })).pieces).toBe(0);
  });

  it('of nothing is nothing; of no object is an error', async () => {
    s3.objects.set('a', { body: new Uint8Array(0) });
    expect((await read()).pieces).toBe(0);
    s3.objects.clear();
    await expect(read()).rejects.toThrow(NotFoundError);
    await expect(read()).rejects.toThrow('a is not there');
  });

  it('asks again for a piece whose body broke, and gives up after three times', async () => {
    s3.objects.set('a', { body: large });
    const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    const broken = () => firstPiece(() => Promise.reject(reset));
    s3.once(GetObjectCommand, broken);
    expect((await read()).bytes.equals(large)).toBe(true);
    s3.always(GetObjectCommand, broken);
    await expect(read()).rejects.toThrow(StorageUnavailableError);
    expect(ranges().slice(-3)).toEqual(Array.from({ length: 3 }, () => ['bytes=0-8388607', undefined]));
  });

  it('takes no piece that is shorter than it should be', async () => {
    s3.objects.set('a', { body: large });
    s3.once(GetObjectCommand, () => firstPiece(async () => large.subarray(0, 100)));
    expect((await read()).bytes.equals(large)).toBe(true);
  });

  it('ends with an error when the object is replaced meanwhile', async () => {
    s3.objects.set('a', { body: large });
    const reading = store.stream('a');
    await reading.next();
    s3.objects.damage('a', -1);
    await expect(reading.next()).rejects.toThrow(new ConflictError('a changed while it was read'));
  });
});
