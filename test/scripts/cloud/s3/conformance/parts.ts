/** Listings of uploads and their parts, and reads of one part of an object. */
import {
  type CompletedPart,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  ListPartsCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { refusalOf, type Subject } from './subject.ts';
import { FIRST, LAST, Upload } from './upload.ts';

export function partTests(subject: Subject): void {
  describe('uploads that have not ended', () => {
    const list = async (more: Partial<ListMultipartUploadsCommandInput>) =>
      await subject.client.send(new ListMultipartUploadsCommand({ Bucket: subject.bucket, ...more }));

    it('are listed by key and age, in pages, and no more once they have ended', async () => {
      const Prefix = `${subject.newKey()}/`;
      const begin = (name: string) =>
        Upload.begin(subject, { Key: Prefix + name, ChecksumAlgorithm: 'CRC32' });
      const uploads = [await begin('b'), await begin('b'), await begin('c/1'), await begin('c/2')];
      const first = await begin('a');
      const whole = await list({ Prefix });
      // Of two that began in one millisecond either may come first.
      const isSwapped = whole.Uploads?.[1]?.UploadId === uploads[1]!.id;
      if (isSwapped) uploads.splice(0, 2, uploads[1]!, uploads[0]!);
      const expected = [first, ...uploads].map(({ id }) => id);
      expect(whole.Uploads?.map(({ UploadId }) => UploadId)).toEqual(expected);
      expect(whole.Uploads?.[0]).toMatchObject({
        Key: `${Prefix}a`,
        StorageClass: 'STANDARD',
        ChecksumAlgorithm: 'CRC32',
        ChecksumType: 'COMPOSITE',
      });
      expect(whole.Uploads?.[0]?.Initiated).toBeInstanceOf(Date);
      expect(whole).toMatchObject({ IsTruncated: false, MaxUploads: 1000 });

      const seen: (string | undefined)[] = [];
      let page = await list({ Prefix, MaxUploads: 1 });
      for (;;) {
        seen.push(...(page.Uploads ?? []).map(({ UploadId }) => UploadId));
        if (page.IsTruncated !== true) break;
        const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
        page = await list({ Prefix, MaxUploads: 1, KeyMarker, UploadIdMarker });
      }
      expect(seen).toEqual(expected);
      // A key alone is passed with all its uploads.
      const behind = await list({ Prefix, KeyMarker: `${Prefix}b` });
      expect(behind.Uploads?.map(({ UploadId }) => UploadId)).toEqual(expected.slice(3));

      const groups = await list({ Prefix, Delimiter: '/' });
      expect(groups.Uploads?.map(({ UploadId }) => UploadId)).toEqual(expected.slice(0, 3));
      expect(groups.CommonPrefixes).toEqual([{ Prefix: `${Prefix}c/` }]);

      for (const upload of uploads) await upload.abort();
      const part = await first.put(1, LAST, { ChecksumAlgorithm: 'CRC32' });
      await first.complete([part]);
      expect((await list({ Prefix })).Uploads ?? []).toEqual([]);
    });

    it('are listed to the end by a client that aborts each page before it asks for the next', async () => {
      const Key = subject.newKey();
      const uploads = [await Upload.begin(subject, { Key }), await Upload.begin(subject, { Key })];
      const page = await list({ Prefix: Key, MaxUploads: 1 });
      // Of two that began in one millisecond either may come first.
      const isListed = ({ id }: Upload) => id === page.Uploads![0]!.UploadId;
      const [listed, other] = [uploads.find(isListed)!, uploads.find((upload) => !isListed(upload))!];
      await listed.abort();
      const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
      const rest = await list({ Prefix: Key, KeyMarker, UploadIdMarker });
      expect(rest.Uploads?.map(({ UploadId }) => UploadId)).toEqual([other.id]);
      await other.abort();
    });
  });

  it('lists the parts of an upload by number, in pages', async () => {
    const upload = await Upload.begin(subject, { ChecksumAlgorithm: 'CRC32' });
    const put = (number: number, body: Uint8Array) =>
      upload.put(number, body, { ChecksumAlgorithm: 'CRC32' });
    const tenth = await put(10, LAST);
    const second = await put(2, FIRST);
    const input = { ...upload.target, UploadId: upload.id };
    const whole = await subject.client.send(new ListPartsCommand(input));
    const shown = ({ PartNumber, ETag, ChecksumCRC32 }: CompletedPart) => ({
      PartNumber,
      ETag,
      ChecksumCRC32,
    });
    expect(whole.Parts).toMatchObject([
      { ...shown(second), Size: FIRST.length },
      { ...shown(tenth), Size: LAST.length },
    ]);
    expect(Number(whole.Parts?.[0]?.LastModified)).toBeGreaterThan(0);
    expect(whole).toMatchObject({
      IsTruncated: false,
      MaxParts: 1000,
      ChecksumAlgorithm: 'CRC32',
      ChecksumType: 'COMPOSITE',
    });
    const page = await subject.client.send(new ListPartsCommand({ ...input, MaxParts: 1 }));
    expect(page).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2' });
    expect(page.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([2]);
    const PartNumberMarker = page.NextPartNumberMarker;
    const rest = await subject.client.send(new ListPartsCommand({ ...input, PartNumberMarker }));
    expect(rest.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([10]);
    await upload.abort();
    expect(await refusalOf(subject.client.send(new ListPartsCommand(input)))).toEqual({
      status: 404,
      code: 'NoSuchUpload',
    });
  });

  describe('one part', () => {
    const read = async (Key: string, more: Partial<GetObjectCommandInput>) =>
      await subject.client.send(new GetObjectCommand({ Bucket: subject.bucket, Key, ...more }));

    it('is read by its number', async () => {
      const upload = await Upload.begin(subject);
      await upload.complete([await upload.put(3, FIRST), await upload.put(7, LAST)]);
      const { Key } = upload.target;
      const size = FIRST.length + LAST.length;
      const last = await read(Key, { PartNumber: 2 });
      expect(last).toMatchObject({
        PartsCount: 2,
        ContentLength: LAST.length,
        ContentRange: `bytes ${FIRST.length}-${size - 1}/${size}`,
      });
      expect(last.$metadata.httpStatusCode).toBe(206);
      expect(Buffer.compare(await last.Body!.transformToByteArray(), LAST)).toBe(0);
      const first = new HeadObjectCommand({ ...upload.target, PartNumber: 1 });
      expect(await subject.client.send(first)).toMatchObject({ PartsCount: 2, ContentLength: FIRST.length });
      expect((await subject.client.send(new HeadObjectCommand(upload.target))).PartsCount).toBeUndefined();
      expect(await refusalOf(read(Key, { PartNumber: 3 }))).toEqual({
        status: 416,
        code: 'InvalidPartNumber',
      });
    });

    it('may be empty when it is the last', async () => {
      const upload = await Upload.begin(subject);
      await upload.complete([await upload.put(1, FIRST), await upload.put(2, new Uint8Array())]);
      const last = new HeadObjectCommand({ ...upload.target, PartNumber: 2 });
      expect(await subject.client.send(last)).toMatchObject({ PartsCount: 2, ContentLength: 0 });
    });

    it('is all of an object that was not uploaded in parts', async () => {
      const key = subject.newKey();
      await subject.put(key, 'whole');
      const got = await read(key, { PartNumber: 1 });
      expect(got).toMatchObject({ ContentRange: 'bytes 0-4/5' });
      expect(got.PartsCount).toBeUndefined();
      expect(await got.Body!.transformToString()).toBe('whole');
      expect(await refusalOf(read(key, { PartNumber: 2 }))).toMatchObject({ status: 416 });
      expect(await refusalOf(read(key, { PartNumber: 0 }))).toMatchObject({ code: 'InvalidArgument' });
      const both = read(key, { PartNumber: 1, Range: 'bytes=0-0' });
      expect(await refusalOf(both)).toEqual({ status: 400, code: 'InvalidRequest' });
    });
  });
}
