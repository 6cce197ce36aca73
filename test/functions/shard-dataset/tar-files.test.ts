import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DatasetError, IntegrityError } from '../../../core/errors.ts';
import { tarFiles } from '../../../functions/shard-dataset/tar-files.ts';
import { tarArchive } from '../../../scripts/lab/generate/tar-archive.ts';
import { bytesOf, cut, cuts, reusing } from '../../core/ingest/chunking.ts';

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

describe('tarFiles', () => {
  it.each(Object.entries(GOLDEN))('reads what GNU tar writes as %s', async (_, base64) => {
    expect(await read(unzip(base64))).toEqual(FILES);
  });

  it('reads long names and what the generators write', async () => {
    expect(await read(unzip(LONG_NAME))).toEqual([
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
});
