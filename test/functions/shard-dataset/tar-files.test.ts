import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { DatasetError, IntegrityError } from '../../../core/errors.ts';
import { tarFiles } from '../../../functions/shard-dataset/tar-files.ts';
import { tarArchive } from '../../../scripts/lab/generate/tar-archive.ts';
import { bytesOf, cut, cuts, reusing } from '../../core/ingest/chunking.ts';

/**
 * Of each format what `tar --format=… --owner=0 --group=0 --mtime=2020-01-01 -cf` by GNU tar writes: a folder and three
 * files; and by Python's tarfile a name of 122 letters in a pax record, then a short one.
 */
const golden = (name: string) =>
  new Uint8Array(gunzipSync(readFileSync(join(import.meta.dirname, `../../fixtures/tar/${name}.tar.gz`))));
const HELLO = golden('ustar');

async function read(bytes: Uint8Array, sizes: number[] = []): Promise<[string, string][]> {
  const files: [string, string][] = [];
  for await (const { name, body } of tarFiles(reusing(cut(bytes, sizes)), 'a.tar')) {
    let text = '';
    for await (const piece of body) text += Buffer.from(piece).toString('latin1');
    files.push([name, text]);
  }
  return files;
}

const FILES = [
  ['cifar/a.bin', 'hello'],
  ['cifar/b.bin', 'z'.repeat(600)],
  ['cifar/empty.bin', ''],
];

it.each(['ustar', 'gnu', 'v7', 'pax'])('reads what GNU tar writes as %s', async (format) => {
  expect(await read(golden(format))).toEqual(FILES);
});

it('reads long names and what the generators write', async () => {
  expect(await read(golden('long-name'))).toEqual([
    [`d/${'ä'.repeat(120)}.bin`, 'abc'],
    ['e.bin', 'e'],
  ]);
  const members = [1, 512, 513].map((size) => ({
    name: `folder/${size}.bin`,
    size,
    pieces: cut(bytesOf('q'.repeat(size)), [100]),
  }));
  const written = await read(Buffer.concat([...tarArchive(members)]));
  expect(written).toEqual(members.map(({ name, size }) => [name, 'q'.repeat(size)]));
  expect(() => [...tarArchive([{ name: 'a', size: 2, pieces: [] }])]).toThrow('a: got 0 bytes, expected 2');
});

it('reads the same whatever pieces it comes in', async () => {
  await fc.assert(
    fc.asyncProperty(cuts, fc.constantFrom(1, 100), async (sizes, times) => {
      expect(
        await read(
          HELLO,
          sizes.map((size) => size * times),
        ),
      ).toEqual(FILES);
    }),
    { numRuns: 10 },
  );
});

it('skips what is not read of a file', async () => {
  const names: string[] = [];
  for await (const { name, body } of tarFiles(reusing([HELLO]), 'a.tar')) {
    names.push(name);
    if (name.endsWith('b.bin')) await body.next();
  }
  expect(names).toEqual(FILES.map(([name]) => name));
});

it('lets go of its source when somebody stops', async () => {
  let isClosed = false;
  async function* endless() {
    try {
      yield HELLO.slice(0, 1024);
      for (;;) yield new Uint8Array(512);
    } finally {
      isClosed = true;
    }
  }
  const stop = async () => {
    for await (const { body } of tarFiles(endless(), 'a.tar'))
      for await (const _ of body) throw new Error('enough');
  };
  await expect(stop()).rejects.toThrow('enough');
  expect(isClosed).toBe(true);
});

it('passes on what its source throws', async () => {
  const error = new IntegrityError('other bytes than before');
  async function* damaged() {
    yield HELLO.slice(0, 1100);
    throw error;
  }
  const reading = async () => {
    for await (const { body } of tarFiles(damaged(), 'a.tar')) for await (const _ of body);
  };
  await expect(reading()).rejects.toBe(error);
});

it('refuses an archive that was cut off in a file', async () => {
  for (const end of [0, 1030, 1535, 2348]) {
    const reading = read(HELLO.subarray(0, end));
    await expect(reading, `${end}`).rejects.toThrow(
      /^a\.tar is no tar archive, or a damaged one: TAR_BAD_ARCHIVE/,
    );
  }
});

it('refuses one whose header has another byte, and what is no archive', async () => {
  for (const at of [0, 124, 150, 257, 500]) {
    const bytes = HELLO.slice();
    bytes[at]! ^= 0x10;
    await expect(read(bytes), `${at}`).rejects.toThrow(DatasetError);
  }
  await expect(read(bytesOf('PK no tar '.repeat(200)))).rejects.toThrow(
    /^a\.tar is no tar archive, or a damaged one: TAR_ENTRY_INVALID/,
  );
});
