/** Copies of objects, and of their bytes as parts. */
import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  GetObjectCommand,
  HeadObjectCommand,
  UploadPartCopyCommand,
  type UploadPartCopyCommandInput,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { bytesOf, FAILED, refusalOf, type Subject } from './subject.ts';
import { FIRST, LAST, MIN_PART, SECOND, Upload } from './upload.ts';

const encoded = (key: string): string => key.split('/').map(encodeURIComponent).join('/');

export function copyTests(subject: Subject): void {
  const copy = async (from: string, to: string, more: Partial<CopyObjectCommandInput> = {}) => {
    const CopySource = `${subject.bucket}/${encoded(from)}`;
    const input = { Bucket: subject.bucket, Key: to, CopySource, ...more };
    return await subject.client.send(new CopyObjectCommand(input));
  };
  const head = async (Key: string) =>
    await subject.client.send(
      new HeadObjectCommand({ Bucket: subject.bucket, Key, ChecksumMode: 'ENABLED' }),
    );

  it('has the bytes, type, metadata and checksum of its source, and a time of its own', async () => {
    const from = `${subject.newKey()}/é +%&=`;
    const to = subject.newKey();
    const body = bytesOf(2_500_000);
    const kept = { ContentType: 'text/x-test', CacheControl: 'no-store', Metadata: { a: 'b' } };
    const { ETag, ChecksumCRC32 } = await subject.put(from, body, { ...kept, ChecksumAlgorithm: 'CRC32' });
    const { CopyObjectResult, ServerSideEncryption } = await copy(from, to);
    expect(CopyObjectResult).toMatchObject({ ETag, ChecksumCRC32, ChecksumType: 'FULL_OBJECT' });
    expect(CopyObjectResult?.LastModified).toBeInstanceOf(Date);
    expect(ServerSideEncryption).toBe('AES256');
    await subject.expectBytes(to, body);
    expect(await head(to)).toMatchObject({ ...kept, ETag, ChecksumCRC32 });
    await subject.put(from, 'other');
    await subject.expectBytes(to, body);
  });

  it('has other metadata, or another checksum, where that is asked for', async () => {
    const [from, to] = [subject.newKey(), subject.newKey()];
    await subject.put(from, 'x', { ContentType: 'text/x-test', Metadata: { a: 'b' } });
    await copy(from, to, {
      MetadataDirective: 'REPLACE',
      Metadata: { c: 'd' },
      CacheControl: 'no-store',
      ChecksumAlgorithm: 'SHA256',
    });
    const copied = await head(to);
    expect(copied).toMatchObject({ Metadata: { c: 'd' }, CacheControl: 'no-store' });
    expect(copied.ContentType).toBe('binary/octet-stream');
    expect(copied.ChecksumSHA256).toBe('LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=');
    // Without the directive what comes along is ignored.
    await copy(from, to, { Metadata: { c: 'd' } });
    expect(await head(to)).toMatchObject({ Metadata: { a: 'b' }, ContentType: 'text/x-test' });
    const wrong = copy(from, to, { MetadataDirective: 'MERGE' as 'COPY' });
    expect(await refusalOf(wrong)).toEqual({ status: 400, code: 'InvalidArgument' });
  });

  it('onto itself has to change something', async () => {
    const key = subject.newKey();
    await subject.put(key, 'x', { Metadata: { a: 'b' } });
    expect(await refusalOf(copy(key, key))).toEqual({ status: 400, code: 'InvalidRequest' });
    await copy(key, key, { MetadataDirective: 'REPLACE', Metadata: { c: 'd' } });
    expect((await head(key)).Metadata).toEqual({ c: 'd' });
    await copy(key, key, { StorageClass: 'STANDARD' });
    expect(await subject.text(key)).toBe('x');
  });

  it('of an object that was uploaded in parts is one of a single PUT', async () => {
    const upload = await Upload.begin(subject, { ChecksumAlgorithm: 'CRC32' });
    const more = { ChecksumAlgorithm: 'CRC32' } as const;
    await upload.complete([await upload.put(1, FIRST, more), await upload.put(2, LAST, more)]);
    const to = subject.newKey();
    await copy(upload.target.Key, to);
    const whole = Buffer.concat([FIRST, LAST]);
    const { ETag } = await subject.put(subject.newKey(), whole);
    expect(await head(to)).toMatchObject({ ETag, ChecksumType: 'FULL_OBJECT' });
    await subject.expectBytes(to, whole);
  });

  it('is made under conditions on its source', async () => {
    const [from, to] = [subject.newKey(), subject.newKey()];
    const { ETag } = await subject.put(from, 'x');
    const { LastModified } = await head(from);
    const earlier = new Date(LastModified!.getTime() - 1000);
    const tomorrow = new Date(LastModified!.getTime() + 24 * 3600 * 1000);
    const other = '"00000000000000000000000000000000"';
    const refused: Partial<CopyObjectCommandInput>[] = [
      { CopySourceIfMatch: other },
      { CopySourceIfNoneMatch: ETag },
      { CopySourceIfModifiedSince: LastModified },
      { CopySourceIfUnmodifiedSince: earlier },
      { CopySourceIfNoneMatch: ETag, CopySourceIfModifiedSince: earlier },
    ];
    for (const conditions of refused) expect(await refusalOf(copy(from, to, conditions))).toEqual(FAILED);
    expect(await refusalOf(subject.get(to))).toMatchObject({ status: 404 });
    const granted: Partial<CopyObjectCommandInput>[] = [
      { CopySourceIfMatch: ETag },
      { CopySourceIfNoneMatch: other },
      { CopySourceIfModifiedSince: earlier },
      { CopySourceIfModifiedSince: tomorrow },
      { CopySourceIfUnmodifiedSince: LastModified },
      { CopySourceIfMatch: ETag, CopySourceIfUnmodifiedSince: earlier },
    ];
    for (const conditions of granted) await copy(from, to, conditions);
    expect(await subject.text(to)).toBe('x');
  });

  it('is made under conditions on what it replaces', async () => {
    const [from, to] = [subject.newKey(), subject.newKey()];
    await subject.put(from, 'new');
    const { ETag } = await subject.put(to, 'old');
    expect(await refusalOf(copy(from, to, { IfNoneMatch: '*' }))).toEqual(FAILED);
    expect(await subject.text(to)).toBe('old');
    await copy(from, to, { IfMatch: ETag });
    expect(await subject.text(to)).toBe('new');
  });

  it('needs a source that is there, and a bucket to go to', async () => {
    const [from, to] = [subject.newKey(), subject.newKey()];
    expect(await refusalOf(copy(from, to))).toEqual({ status: 404, code: 'NoSuchKey' });
    const gone = copy(from, to, { CopySource: `${subject.bucket}-absent/${from}` });
    expect(await refusalOf(gone)).toEqual({ status: 404, code: 'NoSuchBucket' });
    await subject.put(from, 'x');
    const nowhere = copy(from, to, { Bucket: `${subject.bucket}-absent` });
    expect(await refusalOf(nowhere)).toEqual({ status: 404, code: 'NoSuchBucket' });
    for (const CopySource of [subject.bucket, `${subject.bucket}/`, '%FF/x']) {
      const refusal = { status: 400, code: 'InvalidArgument' };
      expect(await refusalOf(copy(from, to, { CopySource }))).toEqual(refusal);
    }
  });

  it('takes the place of a part, all of it or a range', async () => {
    const from = subject.newKey();
    await subject.put(from, Buffer.concat([FIRST, SECOND]));
    const upload = await Upload.begin(subject);
    const part = async (PartNumber: number, more: Partial<UploadPartCopyCommandInput> = {}) => {
      const CopySource = `/${subject.bucket}/${encoded(from)}`;
      const input = { ...upload.target, UploadId: upload.id, PartNumber, CopySource, ...more };
      const { CopyPartResult } = await subject.client.send(new UploadPartCopyCommand(input));
      expect(CopyPartResult?.LastModified).toBeInstanceOf(Date);
      return { PartNumber, ETag: CopyPartResult?.ETag };
    };
    const parts = [
      await part(1),
      await part(2, { CopySourceRange: `bytes=${MIN_PART}-${2 * MIN_PART - 1}` }),
      await part(3, { CopySourceRange: 'bytes=0-0' }),
    ];
    const size = FIRST.length + SECOND.length;
    for (const [CopySourceRange, code] of [
      ['bytes=0-', 'InvalidArgument'],
      ['bytes=-5', 'InvalidArgument'],
      ['bytes=2-1', 'InvalidArgument'],
      ['0-1', 'InvalidArgument'],
      [`bytes=0-${size}`, 'InvalidArgument'],
      [`bytes=${size}-${size}`, 'InvalidRequest'],
    ] as const) {
      expect(await refusalOf(part(4, { CopySourceRange }))).toEqual({ status: 400, code });
    }
    const ifOther = part(4, { CopySourceIfMatch: '"00000000000000000000000000000000"' });
    expect(await refusalOf(ifOther)).toEqual(FAILED);
    await upload.complete(parts);
    const whole = [FIRST, SECOND, SECOND.subarray(0, MIN_PART), FIRST.subarray(0, 1)];
    await subject.expectBytes(upload.target.Key, Buffer.concat(whole));
    // Though the third is of a source of several pieces, it is one part.
    const third = new GetObjectCommand({ ...upload.target, PartNumber: 3 });
    expect(await subject.client.send(third)).toMatchObject({ PartsCount: 3, ContentLength: 1 });
  });
}
