import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { bytesOf, refusalOf, type Subject } from './subject.ts';

/** Of the nine bytes "123456789": published check values of the CRCs; the others by Python's hashlib. */
const CHECK: Partial<PutObjectCommandInput>[] = [
  { ChecksumCRC32: base64('cbf43926') },
  { ChecksumCRC32C: base64('e3069283') },
  { ChecksumCRC64NVME: base64('ae8b14860a799888') },
  { ChecksumSHA1: base64('f7c3bc1d808e04732adf679965ccc34ca7ae3441') },
  { ChecksumSHA256: base64('15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225') },
  { ChecksumMD5: base64('25f9e794323b453885f5181f1b624d0b') },
];

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

export function checksumTests(subject: Subject): void {
  it.each(CHECK)('accepts %o, refuses it for other bytes, and gives it back', async (checksum) => {
    const key = subject.newKey();
    expect(await subject.put(key, '123456789', checksum)).toMatchObject(checksum);
    expect(await refusalOf(subject.put(key, '123456780', checksum))).toEqual({
      status: 400,
      code: 'BadDigest',
    });
    expect(await subject.text(key)).toBe('123456789');
    const input = { Bucket: subject.bucket, Key: key, ChecksumMode: 'ENABLED' } as const;
    const expected = { ...checksum, ChecksumType: 'FULL_OBJECT' };
    expect(await subject.client.send(new HeadObjectCommand(input))).toMatchObject(expected);
    expect(await subject.client.send(new GetObjectCommand(input))).toMatchObject(expected);
  });

  it.each(['CRC32', 'SHA256'] as const)('accepts a stream with its %s in the trailer', async (algorithm) => {
    const key = subject.newKey();
    const body = bytesOf(200_000);
    const put = await subject.put(key, Readable.from([body.subarray(0, 70_000), body.subarray(70_000)]), {
      ContentLength: body.length,
      ChecksumAlgorithm: algorithm,
    });
    expect(put[`Checksum${algorithm}`]).toBeDefined();
    await subject.expectBytes(key, body);
  });

  it('refuses a checksum that is none', async () => {
    const key = subject.newKey();
    expect(await refusalOf(subject.put(key, 'x', { ChecksumCRC32: 'AAAA' }))).toMatchObject({ status: 400 });
    expect(await refusalOf(subject.get(key))).toMatchObject({ status: 404 });
  });

  it('verifies Content-MD5', async () => {
    const key = subject.newKey();
    const ContentMD5 = createHash('md5').update('right').digest('base64');
    await subject.put(key, 'right', { ContentMD5 });
    const wrong = subject.put(key, 'wrong', { ContentMD5 });
    expect(await refusalOf(wrong)).toEqual({ status: 400, code: 'BadDigest' });
    const invalid = subject.put(key, 'right', { ContentMD5: 'bm8gbWQ1' });
    expect(await refusalOf(invalid)).toEqual({ status: 400, code: 'InvalidDigest' });
    expect(await subject.text(key)).toBe('right');
  });

  it('shows no checksum of the whole object with a range of it', async () => {
    const key = subject.newKey();
    await subject.put(key, '123456789');
    const range = { Bucket: subject.bucket, Key: key, Range: 'bytes=0-3', ChecksumMode: 'ENABLED' } as const;
    const got = await subject.client.send(new GetObjectCommand(range));
    expect(got.ChecksumCRC32).toBeUndefined();
    expect(await got.Body!.transformToString()).toBe('1234');
  });
}
