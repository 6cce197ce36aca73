import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { bytesOf, FAILED, refusalOf, type Subject, UNDECIDED } from './subject.ts';
import { FIRST, LAST, MIN_PART, SECOND, Upload } from './upload.ts';

export function multipartTests(subject: Subject): void {
  it('joins parts put in any order, visible only at the end', async () => {
    const upload = await Upload.begin(subject, { ContentType: 'application/x-test', Metadata: { a: 'b' } });
    const last = await upload.put(7, LAST);
    const second = await upload.put(2, SECOND);
    const first = await upload.put(1, FIRST);
    expect(await refusalOf(subject.get(upload.target.Key))).toMatchObject({ status: 404 });
    const { ETag } = await upload.complete([first, second, last]);
    expect(ETag).toBe(etagOf([FIRST, SECOND, LAST]));
    const whole = Buffer.concat([FIRST, SECOND, LAST]);
    await subject.expectBytes(upload.target.Key, whole);
    const across = await subject.get(upload.target.Key, { Range: `bytes=${MIN_PART - 2}-${MIN_PART + 1}` });
    expect(Buffer.compare(across, whole.subarray(MIN_PART - 2, MIN_PART + 2))).toBe(0);
    expect(await subject.client.send(new HeadObjectCommand(upload.target))).toMatchObject({
      ETag,
      ContentLength: whole.length,
      ContentType: 'application/x-test',
      Metadata: { a: 'b' },
    });
  });

  it('says in every answer that the bytes are encrypted', async () => {
    const { bucket: Bucket, client } = subject;
    const target = { Bucket, Key: subject.newKey() };
    const expected = { ServerSideEncryption: 'AES256' };
    const created = await client.send(new CreateMultipartUploadCommand(target));
    expect(created).toMatchObject(expected);
    const input = { ...target, UploadId: created.UploadId };
    const part = await client.send(new UploadPartCommand({ ...input, PartNumber: 1, Body: LAST }));
    expect(part).toMatchObject(expected);
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag }] };
    const completed = await client.send(new CompleteMultipartUploadCommand({ ...input, MultipartUpload }));
    expect(completed).toMatchObject(expected);
  });

  it('takes the newest part of a number, and leaves unlisted parts out', async () => {
    const upload = await Upload.begin(subject);
    const replaced = await upload.put(1, bytesOf(100, 8));
    const kept = await upload.put(1, bytesOf(100, 9));
    await upload.put(2, LAST);
    expect(await refusalOf(upload.complete([replaced]))).toEqual({ status: 400, code: 'InvalidPart' });
    await upload.complete([kept]);
    await subject.expectBytes(upload.target.Key, bytesOf(100, 9));
  });

  it('refuses unknown parts, wrong order and small parts, and stays open', async () => {
    const upload = await Upload.begin(subject);
    const first = await upload.put(1, LAST);
    const second = await upload.put(2, LAST);
    const refusals = [
      [[first, { PartNumber: 3, ETag: first.ETag }], 'InvalidPart'],
      [[{ PartNumber: 1, ETag: '"00000000000000000000000000000000"' }], 'InvalidPart'],
      [[second, first], 'InvalidPartOrder'],
      [[first, first], 'InvalidPartOrder'],
      [[first, second], 'EntityTooSmall'],
      [[], 'InvalidRequest'],
    ] as const;
    for (const [parts, code] of refusals) {
      expect(await refusalOf(upload.complete([...parts]))).toEqual({ status: 400, code });
    }
    await upload.complete([second]);
    await subject.expectBytes(upload.target.Key, LAST);
  });

  it.each([0, 10_001])('refuses part number %i', async (number) => {
    const upload = await Upload.begin(subject);
    expect(await refusalOf(upload.put(number, LAST))).toEqual({ status: 400, code: 'InvalidArgument' });
    await upload.abort();
  });

  it('knows no aborted, completed or other key’s upload, and aborting leaves nothing', async () => {
    const gone = { status: 404, code: 'NoSuchUpload' };
    const aborted = await Upload.begin(subject);
    const part = await aborted.put(1, LAST);
    await aborted.abort();
    expect(await refusalOf(aborted.put(2, LAST))).toEqual(gone);
    expect(await refusalOf(aborted.complete([part]))).toEqual(gone);
    expect(await refusalOf(aborted.abort())).toEqual(gone);
    expect(await refusalOf(subject.get(aborted.target.Key))).toMatchObject({ status: 404 });
    const elsewhere = (await Upload.begin(subject)).misdirected(subject.newKey());
    expect(await refusalOf(elsewhere.put(1, LAST))).toEqual(gone);
    expect(await refusalOf(elsewhere.abort())).toEqual(gone);
    const completed = await Upload.begin(subject);
    await completed.complete([await completed.put(1, LAST)]);
    expect(await refusalOf(completed.put(1, FIRST))).toEqual(gone);
    await subject.expectBytes(completed.target.Key, LAST);
  });

  it('completes again what was completed so, with the same answer, and not otherwise', async () => {
    const upload = await Upload.begin(subject);
    const parts = [await upload.put(1, FIRST), await upload.put(2, LAST)];
    const { ETag } = await upload.complete(parts);
    expect(await upload.complete(parts)).toMatchObject({ ETag });
    await subject.expectBytes(upload.target.Key, Buffer.concat([FIRST, LAST]));
    expect(await refusalOf(upload.complete(parts.slice(0, 1)))).toMatchObject({ code: 'InvalidPart' });
    // Another object in its place is not replaced.
    await subject.put(upload.target.Key, 'newer');
    expect(await upload.complete(parts)).toMatchObject({ ETag });
    expect(await refusalOf(upload.complete(parts, { IfNoneMatch: '*' }))).toEqual(FAILED);
    expect(await subject.text(upload.target.Key)).toBe('newer');
    expect(await refusalOf(upload.abort())).toMatchObject({ code: 'NoSuchUpload' });
  });

  it('does not complete under a condition that held at its beginning and end, but not between', async () => {
    const created = await Upload.begin(subject);
    const part = await created.put(1, LAST);
    const { Key } = created.target;
    await subject.put(Key, 'between');
    await subject.client.send(new DeleteObjectCommand(created.target));
    expect(await refusalOf(created.complete([part], { IfNoneMatch: '*' }))).toEqual(UNDECIDED);
    expect(await refusalOf(subject.get(Key))).toMatchObject({ status: 404 });

    const { ETag } = await subject.put(Key, 'same');
    const swapped = await Upload.begin(subject, { Key });
    const other = await swapped.put(1, LAST);
    await subject.put(Key, 'same');
    expect(await refusalOf(swapped.complete([other], { IfMatch: ETag }))).toEqual(UNDECIDED);
    expect(await subject.text(Key)).toBe('same');
    // Without a condition nothing stands against it.
    await swapped.complete([other]);
    await subject.expectBytes(Key, LAST);
  });

  it('completes under If-None-Match: * only what is not there', async () => {
    const upload = await Upload.begin(subject);
    const part = await upload.put(1, LAST);
    await subject.put(upload.target.Key, 'first');
    const refused = await refusalOf(upload.complete([part], { IfNoneMatch: '*' }));
    expect([FAILED, UNDECIDED]).toContainEqual(refused);
    expect(await subject.text(upload.target.Key)).toBe('first');
    const other = await Upload.begin(subject);
    await other.complete([await other.put(1, LAST)], { IfNoneMatch: '*' });
    await subject.expectBytes(other.target.Key, LAST);
  });

  it('completes under If-Match only over the version that it names', async () => {
    const upload = await Upload.begin(subject);
    const { Key } = upload.target;
    const part = await upload.put(1, LAST);
    const { ETag: old } = await subject.put(Key, 'old');
    const { ETag } = await subject.put(Key, 'new');
    const refused = await refusalOf(upload.complete([part], { IfMatch: old }));
    expect([FAILED, UNDECIDED]).toContainEqual(refused);
    expect(await subject.text(Key)).toBe('new');
    const other = await Upload.begin(subject, { Key });
    await other.complete([await other.put(1, LAST)], { IfMatch: ETag });
    await subject.expectBytes(Key, LAST);
    const nowhere = await Upload.begin(subject);
    const onNothing = nowhere.complete([await nowhere.put(1, LAST)], { IfMatch: ETag });
    expect(await refusalOf(onNothing)).toEqual({ status: 404, code: 'NoSuchKey' });
    expect(await refusalOf(subject.get(nowhere.target.Key))).toMatchObject({ status: 404 });
  });
}

function etagOf(parts: Uint8Array[]): string {
  const hash = createHash('md5');
  for (const part of parts) hash.update(createHash('md5').update(part).digest());
  return `"${hash.digest('hex')}-${parts.length}"`;
}
