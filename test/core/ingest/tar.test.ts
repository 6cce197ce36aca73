import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IntegrityError } from '../../../core/errors.ts';
import { readTar } from '../../../core/ingest/tar.ts';
import { tarArchive } from '../../../scripts/lab/generate/tar-archive.ts';
import { bytesOf, collect, cut, cuts, reusing } from './chunking.ts';

/** `tar --format=… --owner=0 --group=0 --mtime=2020-01-01 -cf` by GNU tar, gzip -9n: a folder and three files. */
const GOLDEN = {
  ustar:
    'H4sIAAAAAAACA+3WTQ6CMBhF0S6FFWhLW1gPEIwkKAbrQFdvqbOSQBwUQ7xnUv4GJS/vg6Y7VeNRJCW90tqwevEajpUuZF4W0kzXVe5PRWbFBh53V41+K+MwuKXn1u7HL7cTTci/OtTdNWn+hTEL+dsofy2NFpkk/+TObd8PAv/q0//6l/1Xvu7z/hv6v4UXkACTdU/zv73c3DPZN2D9/282/0vL/AcAAAAAAAAAAAC+9gaH4CjUACgAAA==',
  gnu: 'H4sIAAAAAAACA+3WTQ7CIBCGYY7CCRTKT89DmxqbVGuwLvT01rrDpI0LahrfZzME2H2Zgbo9hLgXWalR6dxUR2md1tp4VZRe2de+Vt54IZ1Ywe06hCiliH0/zN1bOt+oeso/7Kr2nDV/b+1M/i7JXztrhFTkn92x6bpe4F+9+7/6Zf9rbdRn/1v6fw0PIAMm65bmf3O6DPdsb8Dy/y+d/4V1zH8AAAAAAAAAAADga0+eABWqACgAAA==',
  v7: 'H4sIAAAAAAACA+3WTQ7CIBCG4TlKT6AgP3OetqmxSf2JcaOnl+AOE40LNMT32UAIG5jMB+O87c9rqcokGkIek3LMc+ui2Wg0Pq+rNSpdkIaUh2vEmOvfr4b5UPVqovcv6h/K+qvz0gn1r243LctR8K8e/T/8sv+tdea5/wP9/w03oAKStaX8n/any7XaG/D+/1fkv03byX8AAAAAAAAAAADgY3euk33oACgAAA==',
  pax: 'H4sIAAAAAAACA+2YS26DMBRFPc4qWAE84x8edN5htmBSqiIlpSJUSrP6OkiVUuhHSPy5Z2KMkSzLuvc+Xhjt3eUxc09ZeY4O+bMrWe+QR0tZj57mSGQk40JTbDTJ23vOBQkWXNgIvJ8rf2a/6zYRFLgqP2UP3FiljCDLQ0p0wkkIu/Orh/aqUDZJyOwYWDy15KNh96glrtTv+vfP3/Uf+ykL1Jj6L4ui+uu7/9abh1vU/d9lgAvT/HVq//f3r+D/0/n/l8P/6P9GWyNjK+H/q/H/AUTfRf+kGvoXJH39R2Pqf6P+/5IdjwVksHH93+V/OpP818j/uea/xf/fyvSfTpn/t25PO/8l8n8MrgAMAJx1ofVfdnqrPvqNg+71nyCF/v9c6z/0/1en/wFE36n/06r/jEL9BwAAAAAAQO98AjghqOMAKAAA',
} as const;
/** By Python's tarfile: a name of 122 letters in a pax record, then a short one. */
const LONG_NAME =
  'H4sIAAAAAAACA+3UMQ6CMBSA4Td7Ck5AHxXqZHR09ApFSHQxBjHhQNzEiwm6yECcymD/r0ObLm9o/qYmNfuj7w61r+pGgtCPuV3zr/P7PlOrG0k6WcDj3vpmGC9xsoVLbr49byvz7ONaaXm5riRyldkFN0bt8ny2f9X1tH87yCRR+g/OlydBvOrxFww843f/2bR/da6w9L/I+5MAAAAAAAAAAAAAAPyFF97OTa0AKAAA';

const unzip = (base64: string) => new Uint8Array(gunzipSync(Buffer.from(base64, 'base64')));
const HELLO = unzip(GOLDEN.ustar);

async function read(bytes: Uint8Array, sizes: number[] = []): Promise<[string, string][]> {
  const files: [string, string][] = [];
  for await (const { name, size, body } of readTar(reusing(cut(bytes, sizes)), 'a.tar')) {
    let text = '';
    for await (const piece of body) text += Buffer.from(piece).toString('latin1');
    expect(text).toHaveLength(size);
    files.push([name, text]);
  }
  return files;
}

const FILES = [
  ['cifar/a.bin', 'hello'],
  ['cifar/b.bin', 'z'.repeat(600)],
  ['cifar/empty.bin', ''],
];

/** The first header changed, its checksum made right again. */
function changed(at: number, text: string, original: Uint8Array = HELLO): Uint8Array {
  const bytes = original.slice();
  bytes.set(bytesOf(text), at);
  bytes.fill(0x20, 148, 156);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.set(bytesOf(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  return bytes;
}
/** An archive of one file, as the generators write it. */
const archive = (name: string) =>
  Buffer.concat([...tarArchive([{ name, size: 3, pieces: [bytesOf('abc')] }])]);

describe('readTar', () => {
  it.each(Object.entries(GOLDEN))('reads what GNU tar writes as %s', async (_, base64) => {
    expect(await read(unzip(base64))).toEqual(FILES);
  });

  it('reads names from pax records, which hold for one entry', async () => {
    expect(await read(unzip(LONG_NAME))).toEqual([
      [`d/${'ä'.repeat(120)}.bin`, 'abc'],
      ['e.bin', 'e'],
    ]);
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
      { numRuns: 20 },
    );
  });

  it('skips what is not read of a file', async () => {
    const names: string[] = [];
    for await (const { name, body } of readTar([HELLO])) {
      names.push(name);
      if (name.endsWith('b.bin')) await body.next();
    }
    expect(names).toEqual(FILES.map(([name]) => name));
  });

  it('lets go of its source when somebody stops, and reads no further', async () => {
    let pieces = 0;
    let isClosed = false;
    async function* source() {
      try {
        for (const piece of cut(HELLO, [512])) {
          pieces++;
          yield piece;
        }
      } finally {
        isClosed = true;
      }
    }
    const stop = async () => {
      for await (const { body } of readTar(source())) for await (const _ of body) throw new Error('enough');
    };
    await expect(stop()).rejects.toThrow('enough');
    // The folder's header, the file's and its one block.
    expect({ pieces, isClosed }).toEqual({ pieces: 3, isClosed: true });
  });

  it('refuses an archive that was cut off anywhere', async () => {
    const ends = [0, 100, 512, 1000, 1024 + 511, 2048 + 300, 4096, 4096 + 511];
    for (const end of ends) await expect(read(HELLO.subarray(0, end)), `${end}`).rejects.toThrow(/cut off/);
  });

  it('refuses one whose header has another byte', async () => {
    for (const at of [0, 124, 150, 257, 500]) {
      const bytes = HELLO.slice();
      bytes[at]! ^= 0x10;
      await expect(read(bytes), `${at}`).rejects.toThrow(IntegrityError);
    }
  });

  it.each([
    ['/etc/passwd', /"\/etc\/passwd" is no name inside the archive/],
    ['../a', /is no name inside/],
    ['a/../b', /is no name inside/],
    ['a//b', /is no name inside/],
    ['a\\b', /is no name inside/],
    ['a\nb', /is no name inside/],
    ['', /"" is no name inside/],
  ])('refuses the name %j', async (name, message) => {
    await expect(read(archive(name))).rejects.toThrow(message);
  });

  it('takes a leading ./', async () => {
    expect(await read(archive('./a'))).toEqual([['./a', 'abc']]);
  });

  it.each([
    ['1', 'a hard link'],
    ['2', 'a symbolic link'],
    ['3', 'a device'],
    ['6', 'a pipe'],
    ['L', 'of type "L"'],
    ['S', 'of type "S"'],
  ])('refuses an entry of type %s', async (type, what) => {
    await expect(read(changed(156, type, archive('a')))).rejects.toThrow(
      `a.tar: "a" is ${what}, expected files and folders`,
    );
  });

  it.each([
    [124, '0000000009\0\0', /size is "0000000009", expected octal digits/],
    [124, '77777777777\0', /cut off in "a"/],
    [257, 'oddly\0', /the magic "oddly\\u0000"/],
    [0, '\u00ff', undefined],
  ])('checks fields: at %i %j', async (at, text, message) => {
    const reading = read(changed(at, text, archive('a')));
    if (message === undefined) expect(await reading).toEqual([['ÿ', 'abc']]);
    else await expect(reading).rejects.toThrow(message);
  });

  it('refuses a name twice, and anything behind the end', async () => {
    const member = { name: 'a', size: 0, pieces: [] };
    const twice = Buffer.concat([...tarArchive([member, member])]);
    await expect(read(twice)).rejects.toThrow('a.tar: two entries "a"');
    const behind = Buffer.concat([HELLO, Buffer.alloc(512), Buffer.from('x')]);
    await expect(read(behind)).rejects.toThrow('a.tar: something behind the end of the archive');
    await expect(read(bytesOf('PK no tar '.repeat(200)))).rejects.toThrow(IntegrityError);
  });

  it('refuses pax records that are none', async () => {
    const original = unzip(LONG_NAME);
    for (const record of ['999 path=x\n', 'path=x\n', '6 path\n', '0 path=x\n', '11 path=xyz']) {
      const bytes = original.slice();
      bytes.fill(0x0a, 512, 1024);
      bytes.set(bytesOf(record), 512);
      await expect(read(bytes), record).rejects.toThrow(/a.tar: a pax record at/);
    }
  });
});

it('what the generators write, this reads', async () => {
  const members = [1, 512, 513].map((size) => ({
    name: `folder/${size}.bin`,
    size,
    pieces: cut(bytesOf('q'.repeat(size)), [100]),
  }));
  const bytes = Buffer.concat([...tarArchive(members)]);
  expect(bytes.length % 10_240).toBe(0);
  expect((await read(bytes)).map(([name, text]) => [name, text.length])).toEqual(
    members.map(({ name, size }) => [name, size]),
  );
  expect(() => [...tarArchive([{ name: 'a', size: 2, pieces: [] }])]).toThrow('a: got 0 bytes, expected 2');
  expect(await collect(readTar([new Uint8Array(1024)]))).toEqual([]);
});
