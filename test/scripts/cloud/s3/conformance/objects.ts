import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { bytesOf, refusalOf, type Subject } from './subject.ts';

export function objectTests(subject: Subject): void {
  it.each([0, 1, 3, 65_536, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 5_000_003])(
    'gives back %i bytes as they were put, with their MD5 as quoted ETag',
    async (size) => {
      const key = subject.newKey();
      const body = bytesOf(size);
      const { ETag } = await subject.put(key, body);
      expect(ETag).toBe(`"${createHash('md5').update(body).digest('hex')}"`);
      await subject.expectBytes(key, body);
    },
  );

  it('takes a stream of declared length', async () => {
    const key = subject.newKey();
    const body = bytesOf(300_000);
    const pieces = [body.subarray(0, 1), body.subarray(1, 100_000), body.subarray(100_000)];
    await subject.put(key, Readable.from(pieces), { ContentLength: body.length });
    await subject.expectBytes(key, body);
    const head = await subject.client.send(new HeadObjectCommand({ Bucket: subject.bucket, Key: key }));
    expect(head.ContentEncoding).toBeUndefined();
  });

  it('replaces an object as a whole', async () => {
    const key = subject.newKey();
    await subject.put(key, bytesOf(2_500_000), { Metadata: { old: 'yes' } });
    await subject.put(key, 'short');
    expect(await subject.text(key)).toBe('short');
    const head = await subject.client.send(new HeadObjectCommand({ Bucket: subject.bucket, Key: key }));
    expect(head.ContentLength).toBe(5);
    expect(head.Metadata).toEqual({});
  });

  it('keeps type, caching, encoding and metadata', async () => {
    const key = subject.newKey();
    const kept = {
      ContentType: 'application/json',
      CacheControl: 'no-store',
      ContentEncoding: 'identity',
      ContentDisposition: 'attachment; filename="a.json"',
      ContentLanguage: 'de',
      Metadata: { step: '12', 'config-hash': 'a b=c' },
    };
    await subject.put(key, '{}', kept);
    const input = { Bucket: subject.bucket, Key: key };
    expect(await subject.client.send(new HeadObjectCommand(input))).toMatchObject({
      ...kept,
      ContentLength: 2,
    });
    const got = await subject.client.send(new GetObjectCommand(input));
    expect(got).toMatchObject({ ...kept, ContentLength: 2 });
    expect(await got.Body!.transformToString()).toBe('{}');
  });

  it('gives metadata beyond ASCII back as an encoded word, which is how it is sent', async () => {
    const key = subject.newKey();
    await subject.put(key, 'x', { Metadata: { word: '=?utf-8?b?5pel5pys?=', plain: 'a =_' } });
    const head = await subject.client.send(new HeadObjectCommand({ Bucket: subject.bucket, Key: key }));
    expect(head.Metadata).toEqual({ word: '=?UTF-8?Q?=E6=97=A5=E6=9C=AC?=', plain: 'a =_' });
  });

  it.each(['a/../b', 'a//b', '/leading', 'trailing/', 'sp ace+plus%20&=?#', 'é/日本/😀', '.', 'a\\b"<>&\''])(
    'takes the key %j as it is',
    async (name) => {
      // At either end of the key, where a clean-up of paths would show.
      const key = name + subject.newKey() + name;
      await subject.put(key, name);
      expect(await subject.text(key)).toBe(name);
      await subject.client.send(new DeleteObjectCommand({ Bucket: subject.bucket, Key: key }));
      expect(await refusalOf(subject.get(key))).toEqual({ status: 404, code: 'NoSuchKey' });
    },
  );

  it('takes keys of 1,024 bytes and refuses longer ones', async () => {
    const key = 'é'.repeat(512);
    await subject.put(key, 'long');
    expect(await subject.text(key)).toBe('long');
    await subject.client.send(new DeleteObjectCommand({ Bucket: subject.bucket, Key: key }));
    expect(await refusalOf(subject.put(`${key}x`, 'x'))).toEqual({ status: 400, code: 'KeyTooLongError' });
  });

  it('refuses metadata over 2 KB', async () => {
    const key = subject.newKey();
    const put = subject.put(key, 'x', { Metadata: { a: 'x'.repeat(2048) } });
    expect(await refusalOf(put)).toEqual({ status: 400, code: 'MetadataTooLarge' });
    expect(await refusalOf(subject.get(key))).toMatchObject({ status: 404 });
  });

  it('deletes what is there, and is content when nothing is', async () => {
    const key = subject.newKey();
    await subject.put(key, 'x');
    const command = new DeleteObjectCommand({ Bucket: subject.bucket, Key: key });
    await subject.client.send(command);
    expect(await refusalOf(subject.get(key))).toEqual({ status: 404, code: 'NoSuchKey' });
    await expect(subject.client.send(command)).resolves.toBeDefined();
  });

  it('deletes many keys in one request', async () => {
    const keys = [subject.newKey(), `${subject.newKey()}/<&>"é`, subject.newKey()];
    const kept = subject.newKey();
    for (const key of [...keys, kept]) await subject.put(key, 'x');
    const Objects = [...keys, `${kept}-absent`].map((Key) => ({ Key }));
    const answer = await subject.client.send(
      new DeleteObjectsCommand({ Bucket: subject.bucket, Delete: { Objects } }),
    );
    expect(answer.Errors ?? []).toEqual([]);
    expect(answer.Deleted?.map((entry) => entry.Key)).toEqual(Objects.map((entry) => entry.Key));
    for (const key of keys) expect(await refusalOf(subject.get(key))).toMatchObject({ status: 404 });
    expect(await subject.text(kept)).toBe('x');
    const quietly = { Objects: [{ Key: kept }], Quiet: true };
    const silence = await subject.client.send(
      new DeleteObjectsCommand({ Bucket: subject.bucket, Delete: quietly }),
    );
    expect(silence.Deleted ?? []).toEqual([]);
    expect(await refusalOf(subject.get(kept))).toMatchObject({ status: 404 });
  });

  it.each([
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-100', '0123456789', 'bytes 0-9/10'],
    ['bytes=8-1000', '89', 'bytes 8-9/10'],
  ])('gives the range %s', async (Range, text, ContentRange) => {
    const key = subject.newKey();
    await subject.put(key, '0123456789');
    const got = await subject.client.send(new GetObjectCommand({ Bucket: subject.bucket, Key: key, Range }));
    expect(await got.Body!.transformToString()).toBe(text);
    expect(got).toMatchObject({ ContentRange, ContentLength: text.length });
    expect(got.$metadata.httpStatusCode).toBe(206);
  });

  it.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])('refuses the range %s of 10 bytes', async (Range) => {
    const key = subject.newKey();
    await subject.put(key, '0123456789');
    expect(await refusalOf(subject.get(key, { Range }))).toEqual({ status: 416, code: 'InvalidRange' });
  });

  it('gives ranges across megabytes', async () => {
    const key = subject.newKey();
    const body = bytesOf(3_300_000);
    await subject.put(key, body);
    for (const [first, last] of [
      [2 ** 20 - 1, 2 ** 20],
      [2 ** 20, 2 ** 21 - 1],
      [1, 3_299_998],
    ] as const) {
      const got = await subject.get(key, { Range: `bytes=${first}-${last}` });
      expect(Buffer.compare(got, body.subarray(first, last + 1))).toBe(0);
    }
  });

  it('refuses whatever names a bucket that is not there', async () => {
    const Bucket = `${subject.bucket}-absent`;
    const { client } = subject;
    const expected = { status: 404, code: 'NoSuchBucket' };
    expect(await refusalOf(client.send(new GetObjectCommand({ Bucket, Key: 'k' })))).toEqual(expected);
    expect(await refusalOf(client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' })))).toEqual(
      expected,
    );
    expect(await refusalOf(client.send(new DeleteObjectCommand({ Bucket, Key: 'k' })))).toEqual(expected);
    expect(await refusalOf(client.send(new HeadBucketCommand({ Bucket })))).toMatchObject({ status: 404 });
  });

  it('answers HEAD of the bucket, and 404 without a body to HEAD of no object', async () => {
    const { client, bucket: Bucket } = subject;
    await expect(client.send(new HeadBucketCommand({ Bucket }))).resolves.toBeDefined();
    const head = client.send(new HeadObjectCommand({ Bucket, Key: subject.newKey() }));
    expect(await refusalOf(head)).toEqual({ status: 404, code: 'NotFound' });
  });
}
