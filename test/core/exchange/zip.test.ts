import { crc32 as crc32OfNode, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { IntegrityError } from '../../../core/errors.ts';
import { crc32, readZip } from '../../../core/exchange/zip.ts';
import { archive, CENTRAL, deflated, END } from '../ingest/archive.ts';
import { fixture, offsetOf, patched } from './fixtures.ts';

const LIMIT = 1 << 20;

it('crc32 agrees with zlib', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, k) => (k * k) >> 3);
  for (const length of [0, 1, 3, 4, 9, 255, 1000]) {
    expect(crc32(bytes.subarray(0, length))).toBe(crc32OfNode(bytes.subarray(0, length)));
  }
  // The check value of the catalogue of parametrised CRC algorithms.
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
});

describe('readZip', () => {
  it('reads entries in the order of the directory, stored and deflated', async () => {
    const content = Buffer.from('0123456789'.repeat(20_000));
    const files = await readZip(
      archive(deflated(content, { name: 'ä', flags: 1 << 11 }), { name: 'b' }),
      LIMIT,
    );
    expect([...files.keys()]).toEqual(['ä', 'b']);
    expect(Buffer.from(files.get('ä')!).equals(content)).toBe(true);
    expect(Buffer.from(files.get('b')!).toString()).toBe('abc');
  });

  it('reads an archive with nothing in it, and one with a comment', async () => {
    expect((await readZip(archive(), LIMIT)).size).toBe(0);
    const commented = Uint8Array.from([...archive({}), ...Buffer.from('comment')]);
    expect((await readZip(commented.with(offsetOf(commented, END) + 20, 7), LIMIT)).size).toBe(1);
  });

  it('reads entries whose sizes stand behind their data', async () => {
    const files = await readZip(fixture('numpy1-stream.npz'), LIMIT);
    expect([...files.keys()]).toEqual(['W1.npy', 'b1.npy', 'W2.npy', 'b2.npy', 'W3.npy', 'b3.npy']);
  });

  const one = archive({});
  const central = offsetOf(one, CENTRAL);
  const end = offsetOf(one, END);
  const long = Buffer.alloc(100_000);
  it.each<[string, Uint8Array, RegExp]>([
    ['a file without an end record', one.slice(0, -1), /no end record/],
    ['an empty file', new Uint8Array(0), /no end record/],
    ['several disks', one.with(end + 4, 1), /several disks/],
    ['a directory that is elsewhere', one.with(end + 16, 5), /does not end at/],
    ['a ZIP64 archive', patched(one, end + 16, [255, 255, 255, 255]), /ZIP64/],
    [
      'an entry count that is too low',
      patched(one, end + 8, [0, 0, 0, 0]),
      /bytes in the directory after its 0/,
    ],
    ['an entry count that is too high', patched(one, end + 8, [2, 0, 2, 0]), /4 bytes expected/],
    ['a directory entry without its signature', one.with(central, 0), /no directory entry/],
    ['two entries of one name', archive({}, {}), /two entries "a"/],
    ['an encrypted entry', archive({ flags: 1 }), /"a" is encrypted/],
    ['an unknown flag', archive({ flags: 1 << 13 }), /flags 10000000000000/],
    ['an unknown method', archive({ method: 12 }), /method 12, expected 0 \(stored\) or 8/],
    ['a name that is no UTF-8', archive({ flags: 1 << 11 }).with(central + 46, 0xff), /no UTF-8/],
    ['a ZIP64 entry', patched(one, central + 24, [255, 255, 255, 255]), /"a" has a ZIP64 field/],
    ['an entry on another disk', one.with(central + 34, 1), /another disk/],
    ['stored data of another size', archive({ size: 4 }), /stored with 3 of 4 bytes/],
    ['a local header that is not there', one.with(0, 0), /"a" has no header at 0/],
    ['an offset beyond the file', patched(one, central + 42, [0, 1, 0, 0]), /"a" begins at 256/],
    ['a local header of another name', one.with(30, 98), /another name, flags or method/],
    ['a local header of another size', one.with(22, 9), /size 9 in its own header, 3/],
    ['a local header of another CRC', one.with(14, 1), /crc .* in its own header/],
    ['a wrong CRC', archive({ crc: 1 }), /"a" has CRC-32 352441c2, expected 00000001/],
    ['a wrong CRC of deflated data', archive(deflated(long, { crc: 1 })), /CRC-32/],
    ['damaged deflated data', archive(deflated(long, { data: Buffer.alloc(99, 255) })), /damaged/],
    [
      'deflated data that is cut off',
      archive(deflated(long, { data: deflateRawSync(long).subarray(0, 100) })),
      /damaged/,
    ],
    [
      'something after the deflated data',
      archive(deflated(long, { data: Buffer.concat([deflateRawSync(long), Buffer.alloc(4)]) })),
      /damaged/,
    ],
    ['more data than declared', archive(deflated(long, { size: 99_999 })), /more than the 99999 bytes/],
    [
      'less data than declared',
      archive(deflated(long, { size: 100_001 })),
      /100000 bytes, it declares 100001/,
    ],
    [
      'bytes between the entries',
      archive({ name: 'a', data: Buffer.from('abcd'), size: 4 })
        .with(18, 3)
        .with(22, 3)
        .with(central + 1 + 20, 3)
        .with(central + 1 + 24, 3),
      /directory begins at 35, what is before it ends at 34/,
    ],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(readZip(bytes, LIMIT)).rejects.toThrow(IntegrityError);
    await expect(readZip(bytes, LIMIT)).rejects.toThrow(message);
  });

  it('refuses entries that lie over each other, as archives that explode have them', async () => {
    const two = archive({ name: 'a' }, { name: 'b' });
    const second = offsetOf(two, CENTRAL, 1);
    await expect(readZip(patched(two, second + 42, [0, 0, 0, 0]), LIMIT)).rejects.toThrow(/begins at 0/);
  });

  it('takes no memory for more than the compressed data can become', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const archived = archive(deflated(Buffer.alloc(9), { size: 1 << 28 }));
    await expect(readZip(archived, 1 << 29)).rejects.toThrow(
      /"a": it declares 268435456 bytes, more than \d+ compressed ones can become/,
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 26);
  });

  it('unpacks nothing when all of it would be more than the limit', async () => {
    const bomb = archive(deflated(Buffer.alloc(1 << 24)));
    expect(bomb.length).toBeLessThan(20_000);
    await expect(readZip(bomb, LIMIT)).rejects.toThrow(/16777216 bytes uncompressed, at most 1048576/);
  });

  it('notices every changed bit of the data', async () => {
    const bytes = fixture('numpy1-deflated.npz');
    const length = offsetOf(bytes, CENTRAL);
    for (let at = 0; at < length; at += 7) {
      const damaged = readZip(bytes.with(at, bytes[at]! ^ (1 << (at % 8))), LIMIT);
      // Version, time and date of a local header, and the times in it, mean nothing to the data.
      const files = await damaged.catch((error: unknown) => error);
      if (files instanceof Map) expect(files).toEqual(await readZip(bytes, LIMIT));
      else expect(files).toBeInstanceOf(IntegrityError);
    }
  });
});
