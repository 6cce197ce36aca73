import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { refusalOf, type Subject } from './subject.ts';
import { FIRST, LAST, SECOND, Upload } from './upload.ts';

const BAD_DIGEST = { status: 400, code: 'BadDigest' };
const INVALID = { status: 400, code: 'InvalidRequest' };

export function multipartChecksumTests(subject: Subject): void {
  it('refuses a part with a bad checksum', async () => {
    const upload = await Upload.begin(subject);
    const put = upload.put(1, LAST, { ChecksumCRC32: 'AAAAAA==' });
    expect(await refusalOf(put)).toEqual(BAD_DIGEST);
    await upload.abort();
  });

  it('combines the CRCs of the parts into the one of the object', async () => {
    const upload = await Upload.begin(subject, { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    const parts = [await upload.put(1, FIRST), await upload.put(2, SECOND), await upload.put(3, LAST)];
    const done = await upload.complete(parts);
    const { ChecksumCRC32 } = await subject.put(subject.newKey(), Buffer.concat([FIRST, SECOND, LAST]));
    expect(ChecksumCRC32).toBeDefined();
    expect(done).toMatchObject({ ChecksumCRC32, ChecksumType: 'FULL_OBJECT' });
  });

  it('holds a completion against the size and checksum that it declares', async () => {
    const upload = await Upload.begin(subject, { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    const parts = [await upload.put(1, LAST)];
    const { ChecksumCRC32 } = parts[0]!;
    const declare = (more: Parameters<Upload['complete']>[1]) => refusalOf(upload.complete(parts, more));
    expect(await declare({ MpuObjectSize: 2 })).toEqual(INVALID);
    expect(await declare({ ChecksumCRC32: 'AAAAAA==' })).toEqual(BAD_DIGEST);
    expect(await declare({ ChecksumCRC32C: ChecksumCRC32 })).toEqual(INVALID);
    await upload.complete(parts, { MpuObjectSize: 1, ChecksumCRC32, ChecksumType: 'FULL_OBJECT' });
    await subject.expectBytes(upload.target.Key, LAST);
  });

  it('takes only parts of the algorithm announced, and only types that it can have', async () => {
    const upload = await Upload.begin(subject, { ChecksumAlgorithm: 'SHA256' });
    expect(await refusalOf(upload.put(1, LAST, { ChecksumAlgorithm: 'CRC32' }))).toEqual(INVALID);
    await upload.abort();
    for (const wrong of [
      { ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' },
      { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' },
    ] as const) {
      expect(await refusalOf(Upload.begin(subject, wrong))).toEqual(INVALID);
    }
  });

  it('makes a composite checksum of the parts’ SHA-256, and wants each of them', async () => {
    const upload = await Upload.begin(subject, { ChecksumAlgorithm: 'SHA256' });
    const options = { ChecksumAlgorithm: 'SHA256' } as const;
    const parts = [await upload.put(1, FIRST, options), await upload.put(2, LAST, options)];
    const bare = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    expect(await refusalOf(upload.complete(bare))).toEqual(INVALID);
    const swapped = [{ ...parts[0], ChecksumSHA256: parts[1]!.ChecksumSHA256 }, parts[1]!];
    expect(await refusalOf(upload.complete(swapped))).toMatchObject({ status: 400 });
    const done = await upload.complete(parts);
    const digests = [FIRST, LAST].map((part) => createHash('sha256').update(part).digest());
    const composite = createHash('sha256').update(Buffer.concat(digests)).digest('base64');
    expect(done).toMatchObject({ ChecksumSHA256: `${composite}-2`, ChecksumType: 'COMPOSITE' });
    await subject.expectBytes(upload.target.Key, Buffer.concat([FIRST, LAST]));
  });
}
