import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checksumOfParts,
  digestOf,
  parseBase64,
  parseChecksum,
} from '../../../../scripts/cloud/s3/checksums.ts';
import { combineCrc, createCrc } from '../../../../scripts/cloud/s3/crc.ts';

const CRCS = ['CRC32', 'CRC32C', 'CRC64NVME'] as const;

describe.each([
  // Of "123456789", as published in catalogues of CRCs.
  ['CRC32', 'cbf43926'],
  ['CRC32C', 'e3069283'],
  ['CRC64NVME', 'ae8b14860a799888'],
] as const)('%s', (name, check) => {
  it('has its published check value', () => {
    expect(digestOf(name, Buffer.from('123456789')).toString('hex')).toBe(check);
    expect(Number(`0x${digestOf(name, Buffer.alloc(0)).toString('hex')}`)).toBe(0);
  });

  it('is the same in one update or many, and combines from the parts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
        const crc = createCrc(name);
        crc.update(a);
        const ofA = crc.digest();
        crc.update(b);
        const whole = digestOf(name, Buffer.concat([a, b]));
        expect(crc.digest()).toEqual(whole);
        expect(combineCrc(name, ofA, digestOf(name, b), b.length)).toEqual(whole);
      }),
    );
  });
});

describe('checksums of parts', () => {
  const parts = ['first', 'second', 'third'].map((text) => Buffer.from(text));
  const values = (algorithm: (typeof CRCS)[number] | 'SHA1') =>
    parts.map((part) => ({
      checksum: {
        algorithm,
        value: digestOf(algorithm, part).toString('base64'),
        type: 'FULL_OBJECT' as const,
      },
      size: part.length,
    }));

  it.each(CRCS)('are for a full object the %s of all bytes', (algorithm) => {
    expect(checksumOfParts(algorithm, 'FULL_OBJECT', values(algorithm)).value).toBe(
      digestOf(algorithm, Buffer.concat(parts)).toString('base64'),
    );
  });

  it('are composite the digest of the digests and their number', () => {
    const digests = Buffer.concat(parts.map((part) => digestOf('SHA1', part)));
    expect(checksumOfParts('SHA1', 'COMPOSITE', values('SHA1')).value).toBe(
      `${digestOf('SHA1', digests).toString('base64')}-3`,
    );
  });
});

describe('values', () => {
  it('are strict base64 of the right length', () => {
    expect(parseBase64('AAA=')).toEqual(Buffer.from([0, 0]));
    for (const bad of ['AAA', 'AA=A', 'A-_=', ' AAA=', 'AAB=']) expect(parseBase64(bad)).toBeUndefined();
    expect(() => parseChecksum('CRC32', 'AAA=')).toThrow('x-amz-checksum-crc32 header is invalid');
  });
});
