import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { FAILED, refusalFrom, refusalOf, type Subject, UNDECIDED } from './subject.ts';

export function conditionTests(subject: Subject): void {
  it('If-None-Match: * writes what is not there and refuses what is', async () => {
    const key = subject.newKey();
    await subject.put(key, 'first', { IfNoneMatch: '*' });
    expect(await refusalOf(subject.put(key, 'second', { IfNoneMatch: '*' }))).toEqual(FAILED);
    expect(await subject.text(key)).toBe('first');
  });

  it('If-None-Match: * writes again after a delete', async () => {
    const key = subject.newKey();
    await subject.put(key, 'first', { IfNoneMatch: '*' });
    await subject.client.send(new DeleteObjectCommand({ Bucket: subject.bucket, Key: key }));
    await subject.put(key, 'second', { IfNoneMatch: '*' });
    expect(await subject.text(key)).toBe('second');
  });

  it('If-Match swaps the version that it names and no other', async () => {
    const key = subject.newKey();
    const { ETag: first } = await subject.put(key, 'first');
    const { ETag: second } = await subject.put(key, 'second', { IfMatch: first });
    expect(await refusalOf(subject.put(key, 'third', { IfMatch: first }))).toEqual(FAILED);
    expect(await subject.text(key)).toBe('second');
    await subject.put(key, 'third', { IfMatch: second });
    expect(await subject.text(key)).toBe('third');
  });

  it('If-Match on nothing is NoSuchKey, and writes nothing', async () => {
    const key = subject.newKey();
    const put = subject.put(key, 'x', { IfMatch: '"d41d8cd98f00b204e9800998ecf8427e"' });
    expect(await refusalOf(put)).toEqual({ status: 404, code: 'NoSuchKey' });
    expect(await refusalOf(subject.get(key))).toMatchObject({ status: 404 });
  });

  it('refuses a conditional write of a large object without touching the one that is there', async () => {
    const key = subject.newKey();
    await subject.put(key, 'small');
    expect(await refusalOf(subject.put(key, new Uint8Array(3_000_000), { IfNoneMatch: '*' }))).toEqual(
      FAILED,
    );
    expect(await subject.text(key)).toBe('small');
  });

  it('lets exactly one of 20 concurrent If-None-Match writers win', async () => {
    await race(subject, subject.newKey(), { IfNoneMatch: '*' });
  });

  it('lets exactly one of 20 concurrent If-Match writers win', async () => {
    const key = subject.newKey();
    const { ETag } = await subject.put(key, 'before');
    await race(subject, key, { IfMatch: ETag });
  });

  it('counts 10 concurrent compare-and-swap increments, none lost', async () => {
    const key = subject.newKey();
    await subject.put(key, '0');
    const increment = async (): Promise<void> => {
      const { ETag, Body } = await subject.client.send(
        new GetObjectCommand({ Bucket: subject.bucket, Key: key }),
      );
      const next = String(Number(await Body!.transformToString()) + 1);
      if (!(await wins(() => subject.put(key, next, { IfMatch: ETag })))) await increment();
    };
    await Promise.all(Array.from({ length: 10 }, increment));
    expect(await subject.text(key)).toBe('10');
  });

  it('reads by If-Match and If-None-Match', async () => {
    const key = subject.newKey();
    const { ETag } = await subject.put(key, 'x');
    const other = '"00000000000000000000000000000000"';
    expect(await subject.text(key, { IfMatch: ETag })).toBe('x');
    expect(await refusalOf(subject.get(key, { IfMatch: other }))).toEqual(FAILED);
    expect(await subject.text(key, { IfNoneMatch: other })).toBe('x');
    expect(await refusalOf(subject.get(key, { IfNoneMatch: ETag }))).toMatchObject({ status: 304 });
  });

  it('reads by date, to the second', async () => {
    const key = subject.newKey();
    await subject.put(key, 'x');
    const input = { Bucket: subject.bucket, Key: key };
    const { LastModified } = await subject.client.send(new HeadObjectCommand(input));
    const earlier = new Date(LastModified!.getTime() - 1000);
    expect(await refusalOf(subject.get(key, { IfModifiedSince: LastModified }))).toMatchObject({
      status: 304,
    });
    expect(await subject.text(key, { IfModifiedSince: earlier })).toBe('x');
    expect(await subject.text(key, { IfUnmodifiedSince: LastModified })).toBe('x');
    expect(await refusalOf(subject.get(key, { IfUnmodifiedSince: earlier }))).toEqual(FAILED);
    // Nobody can have looked tomorrow.
    const tomorrow = new Date(LastModified!.getTime() + 24 * 3600 * 1000);
    expect(await subject.text(key, { IfModifiedSince: tomorrow })).toBe('x');
    expect(await subject.text(key, { IfUnmodifiedSince: tomorrow })).toBe('x');
  });

  it('reads by ETag rather than by date', async () => {
    const key = subject.newKey();
    const { ETag } = await subject.put(key, 'x');
    const input = { Bucket: subject.bucket, Key: key };
    const { LastModified } = await subject.client.send(new HeadObjectCommand(input));
    const earlier = new Date(LastModified!.getTime() - 1000);
    expect(await subject.text(key, { IfMatch: ETag, IfUnmodifiedSince: earlier })).toBe('x');
    const unchanged = subject.get(key, { IfNoneMatch: ETag, IfModifiedSince: earlier });
    expect(await refusalOf(unchanged)).toMatchObject({ status: 304 });
  });

  it('deletes by If-Match', async () => {
    const key = subject.newKey();
    const { ETag: old } = await subject.put(key, 'old');
    const { ETag } = await subject.put(key, 'new');
    const input = { Bucket: subject.bucket, Key: key };
    const { client } = subject;
    expect(await refusalOf(client.send(new DeleteObjectCommand({ ...input, IfMatch: old })))).toEqual(FAILED);
    const many = await client.send(
      new DeleteObjectsCommand({ Bucket: subject.bucket, Delete: { Objects: [{ Key: key, ETag: old }] } }),
    );
    expect(many.Errors?.map((error) => error.Code)).toEqual(['PreconditionFailed']);
    expect(await subject.text(key)).toBe('new');
    await client.send(new DeleteObjectCommand({ ...input, IfMatch: ETag }));
    expect(await refusalOf(subject.get(key))).toMatchObject({ status: 404 });
    const again = client.send(new DeleteObjectCommand({ ...input, IfMatch: ETag }));
    expect(await refusalOf(again)).toMatchObject({ status: 404 });
  });
}

/** Runs 20 writers at once: one must win, its bytes must be there, the others must be refused. */
async function race(subject: Subject, key: string, condition: Partial<PutObjectCommandInput>): Promise<void> {
  const writers = Array.from({ length: 20 }, (_, i) => `writer ${i}`);
  const won = await Promise.all(writers.map((text) => wins(() => subject.put(key, text, condition))));
  const winners = writers.filter((_, i) => won[i]);
  expect(winners).toHaveLength(1);
  expect(await subject.text(key)).toBe(winners[0]);
}

/** Whether the write succeeds, rather than being refused by its condition. What S3 left undecided is tried again. */
async function wins(write: () => Promise<unknown>): Promise<boolean> {
  for (;;) {
    try {
      await write();
      return true;
    } catch (error) {
      const refusal = refusalFrom(error);
      expect([FAILED, UNDECIDED]).toContainEqual(refusal);
      if (refusal.code === FAILED.code) return false;
    }
  }
}
