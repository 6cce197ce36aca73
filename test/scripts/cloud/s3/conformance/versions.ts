/** Versions and marks of deletion, in a bucket of their own. */
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, expect, it } from 'vitest';
import { FAILED, refusalOf, type Subject } from './subject.ts';

export function versionTests(subject: Subject): void {
  const bucket = (): string => `${subject.bucket}-versions`;
  const send: Subject['client']['send'] = ((command: never) => subject.client.send(command)) as never;
  const put = async (Key: string, Body: string, more = {}) =>
    await send(new PutObjectCommand({ Bucket: bucket(), Key, Body, ...more }));
  const text = async (Key: string, VersionId?: string) =>
    (await send(new GetObjectCommand({ Bucket: bucket(), Key, VersionId }))).Body!.transformToString();
  const remove = async (Key: string, VersionId?: string) =>
    await send(new DeleteObjectCommand({ Bucket: bucket(), Key, VersionId }));
  const version = async (Status: 'Enabled' | 'Suspended') =>
    await send(new PutBucketVersioningCommand({ Bucket: bucket(), VersioningConfiguration: { Status } }));

  /** All pages of the listing, in the order in which it gives them: versions and markers have their own. */
  async function list(input: Partial<ListObjectVersionsCommandInput> = {}) {
    const pages: ListObjectVersionsCommandOutput[] = [];
    for (let markers = {}; ; ) {
      const page = await send(new ListObjectVersionsCommand({ Bucket: bucket(), ...input, ...markers }));
      pages.push(page);
      if (!page.IsTruncated) break;
      markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
    return {
      pages: pages.length,
      versions: pages.flatMap(({ Versions = [] }) => Versions),
      markers: pages.flatMap(({ DeleteMarkers = [] }) => DeleteMarkers),
      prefixes: pages.flatMap(({ CommonPrefixes = [] }) => CommonPrefixes.map(({ Prefix }) => Prefix)),
    };
  }

  beforeAll(async () => {
    await send(new CreateBucketCommand({ Bucket: bucket() }));
    const asked = () => send(new GetBucketVersioningCommand({ Bucket: bucket() }));
    expect((await asked()).Status).toBeUndefined();
    // Written before there were versions.
    expect((await put('old', 'first')).VersionId).toBeUndefined();
    await version('Enabled');
    expect((await asked()).Status).toBe('Enabled');
  });

  it('are kept when an object is replaced, each under an id of its own', async () => {
    const Key = subject.newKey();
    const ids = [];
    for (const body of ['one', 'two', 'three']) ids.push((await put(Key, body)).VersionId);
    expect(new Set(ids).size).toBe(3);
    expect(await Promise.all(ids.map((id) => text(Key, id)))).toEqual(['one', 'two', 'three']);
    expect(await text(Key)).toBe('three');
    const head = await send(new HeadObjectCommand({ Bucket: bucket(), Key }));
    expect(head.VersionId).toBe(ids[2]);
    const first = await send(new HeadObjectCommand({ Bucket: bucket(), Key, VersionId: ids[0] }));
    expect(first).toMatchObject({ VersionId: ids[0], ContentLength: 3 });
  });

  it('a delete leaves a marker, which answers as if nothing were there, and all can be got back', async () => {
    const Key = subject.newKey();
    const { VersionId } = await put(Key, 'kept');
    const marker = await remove(Key);
    expect(marker).toMatchObject({ DeleteMarker: true, VersionId: expect.stringMatching(/.+/) });
    expect(marker.VersionId).not.toBe(VersionId);
    const get = send(new GetObjectCommand({ Bucket: bucket(), Key }));
    expect(await refusalOf(get)).toEqual({ status: 404, code: 'NoSuchKey' });
    await expect(get).rejects.toMatchObject({
      $response: { headers: { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.VersionId } },
    });
    const listed = await send(new ListObjectsV2Command({ Bucket: bucket(), Prefix: Key }));
    expect(listed.KeyCount).toBe(0);
    expect(await text(Key, VersionId)).toBe('kept');
    expect(await remove(Key, marker.VersionId)).toMatchObject({
      DeleteMarker: true,
      VersionId: marker.VersionId,
    });
    expect(await text(Key)).toBe('kept');
  });

  it('a marker has no content, and is told from a version that is not there', async () => {
    const Key = subject.newKey();
    // Nothing has to be there for a marker.
    const { VersionId } = await remove(Key);
    for (const command of [GetObjectCommand, HeadObjectCommand]) {
      const get = send(new command({ Bucket: bucket(), Key, VersionId }) as GetObjectCommand);
      expect(await refusalOf(get)).toMatchObject({ status: 405 });
      await expect(get).rejects.toMatchObject({
        $response: { headers: { 'x-amz-delete-marker': 'true', allow: 'DELETE' } },
      });
    }
    const other = await put(subject.newKey(), 'x');
    await put(Key, 'y');
    const gone = (await put(Key, 'z')).VersionId;
    await remove(Key, gone);
    expect(await refusalOf(text(Key, gone))).toEqual({ status: 404, code: 'NoSuchVersion' });
    expect(await refusalOf(text(Key, `${other.VersionId}x`))).toMatchObject({ status: 404 });
    expect(await refusalOf(text(Key, 'no id'))).toEqual({ status: 400, code: 'InvalidArgument' });
    // Nobody minds that it is not there.
    expect(await remove(Key, gone)).toMatchObject({ VersionId: gone });
    expect(await text(Key)).toBe('y');
  });

  it('are removed for good by their ids, the newest one last or first', async () => {
    const Key = subject.newKey();
    const [one, two, three] = [await put(Key, 'one'), await put(Key, 'two'), await put(Key, 'three')];
    await remove(Key, two!.VersionId);
    expect(await text(Key)).toBe('three');
    await remove(Key, three!.VersionId);
    expect(await text(Key)).toBe('one');
    const { versions } = await list({ Prefix: Key });
    expect(versions).toMatchObject([{ VersionId: one!.VersionId, IsLatest: true }]);
    await remove(Key, one!.VersionId);
    expect(await list({ Prefix: Key })).toMatchObject({ versions: [], markers: [] });
    expect(await refusalOf(text(Key))).toMatchObject({ status: 404 });
  });

  it('count for conditions as far as they are current', async () => {
    const Key = subject.newKey();
    const { ETag: IfMatch } = await put(Key, 'one', { IfNoneMatch: '*' });
    expect(await refusalOf(put(Key, 'two', { IfNoneMatch: '*' }))).toEqual(FAILED);
    await remove(Key);
    expect(await refusalOf(put(Key, 'two', { IfMatch }))).toEqual({ status: 404, code: 'NoSuchKey' });
    await put(Key, 'two', { IfNoneMatch: '*' });
    expect(await refusalOf(put(Key, 'three', { IfMatch }))).toEqual(FAILED);
    expect((await list({ Prefix: Key })).versions).toHaveLength(2);
  });

  it('many are deleted at once, by key or by id', async () => {
    const [a, b] = [subject.newKey(), subject.newKey()];
    const { VersionId } = await put(a, 'a');
    await put(b, 'b');
    const Objects = [{ Key: a, VersionId }, { Key: b }];
    const { Deleted } = await send(new DeleteObjectsCommand({ Bucket: bucket(), Delete: { Objects } }));
    expect(Deleted).toEqual([
      { Key: a, VersionId },
      { Key: b, DeleteMarker: true, DeleteMarkerVersionId: expect.any(String) },
    ]);
    const [marker] = (await list({ Prefix: b })).markers;
    expect(marker).toMatchObject({ Key: b, IsLatest: true });
    const undo = { Objects: [{ Key: b, VersionId: marker!.VersionId }] };
    const undone = await send(new DeleteObjectsCommand({ Bucket: bucket(), Delete: undo }));
    expect(undone.Deleted).toEqual([
      {
        Key: b,
        VersionId: marker!.VersionId,
        DeleteMarker: true,
        DeleteMarkerVersionId: marker!.VersionId,
      },
    ]);
    expect(await text(b)).toBe('b');
    expect((await list({ Prefix: a })).versions).toEqual([]);
  });

  it('are listed by key, the newest first, in pages that end anywhere', async () => {
    const prefix = `${subject.newKey()}/`;
    for (const name of ['a', 'b', 'c', 'd/e']) {
      for (const body of ['1', '22', '333']) await put(prefix + name, body);
    }
    await remove(`${prefix}b`);
    const whole = await list({ Prefix: prefix });
    expect(whole.pages).toBe(1);
    expect(
      whole.versions.map(({ Key, Size, IsLatest }) => [Key?.slice(prefix.length), Size, IsLatest]),
    ).toEqual(
      ['a', 'b', 'c', 'd/e'].flatMap((name) => [
        [name, 3, name !== 'b'],
        [name, 2, false],
        [name, 1, false],
      ]),
    );
    expect(whole.markers).toMatchObject([{ Key: `${prefix}b`, IsLatest: true }]);
    for (const MaxKeys of [1, 2, 5]) {
      const { pages: _, ...paged } = await list({ Prefix: prefix, MaxKeys });
      expect(paged).toEqual({ ...whole, pages: undefined });
    }
    const grouped = await list({ Prefix: prefix, Delimiter: '/', MaxKeys: 1 });
    expect(grouped.prefixes).toEqual([`${prefix}d/`]);
    expect(grouped.versions).toHaveLength(9);
    const VersionIdMarker = whole.versions[1]!.VersionId;
    const behind = await list({ Prefix: prefix, KeyMarker: `${prefix}a`, VersionIdMarker });
    expect(behind.versions).toEqual(whole.versions.slice(2));
    const later = await list({ Prefix: prefix, KeyMarker: `${prefix}a` });
    expect(later.versions).toEqual(whole.versions.slice(3));
    expect(await refusalOf(list({ VersionIdMarker }))).toEqual({ status: 400, code: 'InvalidArgument' });
  });

  it('can be deleted page by page while they are listed', async () => {
    const prefix = `${subject.newKey()}/`;
    for (const body of ['1', '2', '3', '4', '5']) await put(`${prefix}key`, body);
    let seen = 0;
    for (let markers = {}; ; ) {
      const input = { Bucket: bucket(), Prefix: prefix, MaxKeys: 2, ...markers };
      const page = await send(new ListObjectVersionsCommand(input));
      for (const { Key, VersionId } of page.Versions!) await remove(Key!, VersionId);
      seen += page.Versions!.length;
      if (!page.IsTruncated) break;
      markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
    expect(seen).toBe(5);
    expect((await list({ Prefix: prefix })).versions).toEqual([]);
  });

  it('of before are called null; suspended versioning replaces only that one', async () => {
    await put('old', 'second');
    const read = async () =>
      (await list({ Prefix: 'old' })).versions.map(({ VersionId, IsLatest }) => [
        VersionId === 'null' ? VersionId : 'own',
        IsLatest,
      ]);
    expect(await read()).toEqual([
      ['own', true],
      ['null', false],
    ]);
    expect(await text('old', 'null')).toBe('first');
    await version('Suspended');
    await put('old', 'third');
    expect(await read()).toEqual([
      ['null', true],
      ['own', false],
    ]);
    await put('old', 'fourth');
    expect(await text('old', 'null')).toBe('fourth');
    expect(await remove('old')).toMatchObject({ DeleteMarker: true, VersionId: 'null' });
    await remove('old');
    const left = await list({ Prefix: 'old' });
    expect(left.markers).toMatchObject([{ VersionId: 'null', IsLatest: true }]);
    expect(left.versions).toHaveLength(1);
    expect(await text('old', left.versions[0]!.VersionId)).toBe('second');
    await version('Enabled');
    await put('old', 'fifth');
    expect((await list({ Prefix: 'old' })).markers).toMatchObject([{ VersionId: 'null', IsLatest: false }]);
  });
}
