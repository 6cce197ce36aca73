import { ListObjectsCommand, ListObjectsV2Command, type ListObjectsV2CommandInput } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, type Subject } from './subject.ts';
import { LAST, Upload } from './upload.ts';

/** In UTF-16 order the second would come before the first: its surrogates are below U+FF5E. */
const BMP = '\uff5e';
const ASTRAL = '\u{1f600}';

const TREE = ['a', 'a/', 'a/1', 'a/b/2', 'a/b/3', 'a0', 'b/1', 'c//d', 'c/é'];

export function listingTests(subject: Subject): void {
  const list = async (prefix: string, more: Partial<ListObjectsV2CommandInput> = {}) =>
    await subject.client.send(new ListObjectsV2Command({ Bucket: subject.bucket, Prefix: prefix, ...more }));

  /** Keys and common prefixes of all pages, without the prefix, and the size of each page. */
  const listAll = async (prefix: string, more: Partial<ListObjectsV2CommandInput> = {}) => {
    const keys: string[] = [];
    const commonPrefixes: string[] = [];
    const pages: number[] = [];
    let token: string | undefined;
    do {
      const page = await list(prefix, { ...more, ContinuationToken: token });
      keys.push(...(page.Contents ?? []).map((item) => item.Key!.slice(prefix.length)));
      commonPrefixes.push(...(page.CommonPrefixes ?? []).map((item) => item.Prefix!.slice(prefix.length)));
      pages.push(page.KeyCount!);
      expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return { keys, commonPrefixes, pages };
  };

  describe('of 1,010 keys', () => {
    const prefix = 'many/';
    const names = Array.from(
      { length: 1010 },
      (_, i) => `${['', 'Z', 'é', BMP, ASTRAL][i % 5]}${(i * 7919) % 1010}`,
    );
    const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

    beforeAll(async () => {
      for (let at = 0; at < names.length; at += 50) {
        await Promise.all(names.slice(at, at + 50).map((name) => subject.put(prefix + name, 'x')));
      }
    });

    it('comes in UTF-8 byte order and pages of 1,000', async () => {
      const lastOfBmp = sorted.findLastIndex((name) => name.startsWith(BMP));
      expect(lastOfBmp).toBe(sorted.findIndex((name) => name.startsWith(ASTRAL)) - 1);
      const { keys, pages } = await listAll(prefix);
      expect(keys).toEqual(sorted);
      expect(pages).toEqual([1000, 10]);
    });

    it('gives pages of MaxKeys, 1,000 at most', async () => {
      expect((await listAll(prefix, { MaxKeys: 202 })).pages).toEqual([202, 202, 202, 202, 202]);
      expect((await list(prefix, { MaxKeys: 5000 })).Contents).toHaveLength(1000);
    });

    it('starts behind StartAfter', async () => {
      for (const position of [0, 9, 1008, 1009]) {
        const { keys } = await listAll(prefix, { StartAfter: prefix + sorted[position] });
        expect(keys).toEqual(sorted.slice(position + 1));
      }
    });
  });

  describe('of a tree', () => {
    const prefix = 'tree/';
    beforeAll(async () => {
      for (const name of TREE) await subject.put(prefix + name, name);
      await subject.put('tree', 'x');
      await subject.put('tree0', 'x');
    });

    it('shows key, size, ETag and time', async () => {
      const page = await list(`${prefix}a/b/3`);
      const { ETag } = await subject.put(`${prefix}a/b/3`, 'a/b/3');
      expect(page.Contents).toMatchObject([{ Key: `${prefix}a/b/3`, Size: 5, ETag }]);
      expect(page.Contents![0]!.LastModified).toBeInstanceOf(Date);
    });

    it('shows which checksum an object has', async () => {
      await subject.put('sums/a', 'x', { ChecksumSHA256: 'LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=' });
      const upload = await Upload.begin(subject, { Key: 'sums/b', ChecksumAlgorithm: 'CRC32' });
      await upload.complete([await upload.put(1, LAST, { ChecksumAlgorithm: 'CRC32' })]);
      const { Contents } = await list('sums/');
      expect(Contents).toMatchObject([
        { ChecksumAlgorithm: ['SHA256'], ChecksumType: 'FULL_OBJECT' },
        { ChecksumAlgorithm: ['CRC32'], ChecksumType: 'COMPOSITE' },
      ]);
    });

    it('takes what starts with the prefix only', async () => {
      expect((await listAll(prefix)).keys).toEqual(TREE);
      expect((await listAll(`${prefix}a/`)).keys).toEqual(['', '1', 'b/2', 'b/3']);
      expect((await listAll(`${prefix}zzz`)).keys).toEqual([]);
    });

    it.each([1, 2, 3, 4, 1000])('groups by the delimiter, in pages of %i', async (MaxKeys) => {
      expect(await listAll(prefix, { Delimiter: '/', MaxKeys })).toMatchObject({
        keys: ['a', 'a0'],
        commonPrefixes: ['a/', 'b/', 'c/'],
      });
      expect(await listAll(`${prefix}a/`, { Delimiter: '/', MaxKeys })).toMatchObject({
        keys: ['', '1'],
        commonPrefixes: ['b/'],
      });
      expect(await listAll(`${prefix}c/`, { Delimiter: '/', MaxKeys })).toMatchObject({
        keys: ['é'],
        commonPrefixes: ['/'],
      });
    });

    it('takes delimiters of any length', async () => {
      expect(await listAll(prefix, { Delimiter: '/b/' })).toMatchObject({
        keys: TREE.filter((name) => !name.includes('/b/')),
        commonPrefixes: ['a/b/'],
      });
    });

    it.each([1, 2, 3, 1000])('also comes from a marker, in pages of %i', async (MaxKeys) => {
      const seen: (string | undefined)[] = [];
      let Marker: string | undefined;
      for (let more = true; more; ) {
        const input = { Bucket: subject.bucket, Prefix: prefix, Delimiter: '/', MaxKeys, Marker };
        const page = await subject.client.send(new ListObjectsCommand(input));
        seen.push(...(page.Contents ?? []).map((item) => item.Key));
        seen.push(...(page.CommonPrefixes ?? []).map((item) => item.Prefix));
        more = page.IsTruncated === true;
        expect(page.NextMarker !== undefined).toBe(more);
        Marker = page.NextMarker;
      }
      expect(seen.sort()).toEqual(['a', 'a/', 'a0', 'b/', 'c/'].map((name) => prefix + name));
    });

    it('from a marker goes on behind the last key where none are grouped, and names owners', async () => {
      const input = { Bucket: subject.bucket, Prefix: prefix, MaxKeys: 2 };
      const page = await subject.client.send(new ListObjectsCommand(input));
      expect(page).toMatchObject({ IsTruncated: true, Marker: '' });
      expect(page.NextMarker).toBeUndefined();
      expect(page.Contents?.[0]?.Owner?.ID).toBeTypeOf('string');
      const Marker = page.Contents!.at(-1)!.Key;
      const rest = await subject.client.send(new ListObjectsCommand({ ...input, MaxKeys: 1, Marker }));
      expect(rest.Contents?.map((item) => item.Key)).toEqual([prefix + TREE[2]]);
      expect((await list(prefix)).Contents?.[0]?.Owner).toBeUndefined();
      expect((await list(prefix, { FetchOwner: true })).Contents?.[0]?.Owner?.ID).toBeTypeOf('string');
    });

    it('encodes keys on request', async () => {
      const page = await list(`${prefix}c/`, { EncodingType: 'url' });
      expect(page.Contents?.map((item) => item.Key)).toEqual(['tree/c//d', 'tree/c/%C3%A9']);
    });

    it('gives nothing for MaxKeys 0', async () => {
      const page = await list(prefix, { MaxKeys: 0 });
      expect(page).toMatchObject({ KeyCount: 0, IsTruncated: false });
      expect(page.Contents ?? []).toEqual([]);
    });

    it('goes on from a token though the keys around it be deleted and added', async () => {
      const first = await list(prefix, { MaxKeys: 3 });
      await subject.put(`${prefix}a/0`, 'too late');
      await subject.put(`${prefix}a/a`, 'in time');
      const rest = await list(prefix, { ContinuationToken: first.NextContinuationToken });
      expect(rest.Contents?.[0]?.Key).toBe(`${prefix}a/a`);
    });

    it('refuses a token that is none', async () => {
      expect(await refusalOf(list(prefix, { ContinuationToken: '%%%' }))).toEqual({
        status: 400,
        code: 'InvalidArgument',
      });
    });
  });
}
