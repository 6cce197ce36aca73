/** A folder of pictures becomes the files of a dataset: the rows that predictions are made of, classes in their order. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { parseIdx } from '../../../core/ingest/idx.ts';
import type { Picture } from '../../../core/ingest/picture.ts';
import { type PictureForm, pictureRow } from '../../../core/ingest/picture-row.ts';
import { decodeImage } from '../../../functions/images/decode-image.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import { type PictureOptions, readOwnPictures } from '../../../scripts/client/own-pictures.ts';
import { openFolder } from '../../../scripts/client/picture-folder.ts';
import type { IdxFile } from '../../../scripts/client/picture-rows.ts';
import { drawShape, pngOf, SHAPES } from '../../../scripts/lab/generate/shape-pictures.ts';
import { jpegOf } from '../../support/jpeg.ts';

const root = mkdtempSync(join(tmpdir(), 'stepnet-own-pictures-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;

function folder(files: Record<string, Uint8Array | string>): string {
  const path = join(root, String(made++));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}

/** Of a few sizes, one of every five as JPEG. */
function shapes(count: number, more: { width?: number; height?: number; channels?: 1 | 3 } = {}) {
  const files: Record<string, Uint8Array> = {};
  for (let row = 0; row < count; row++) {
    const picture = drawShape(SHAPES[row % 3]!, row, 1, more);
    files[`${SHAPES[row % 3]}/${row}.${row % 5 === 0 ? 'jpeg' : 'png'}`] =
      row % 5 === 0 ? jpegOf(picture) : pngOf(picture);
  }
  return files;
}

async function read(path: string, options: PictureOptions = {}, split = { testShare: 0.2, seed: 0 }) {
  const opened = await openFolder('--images', path, {});
  const scratch = mkdtempSync(join(root, 'scratch-'));
  return { opened, pictures: await readOwnPictures(opened, options, split, scratch) };
}

function contentOf({ path, sha256: digest, isGzip, bytes }: IdxFile) {
  const file = readFileSync(path);
  const content = new Uint8Array(gunzipSync(file));
  expect([isGzip, bytes, digest]).toEqual([true, file.length, sha256(content)]);
  return parseIdx(content);
}

describe('pictures of a folder', () => {
  it.each<[PictureOptions, PictureForm]>([
    [{}, { height: 32, width: 32, channels: 3, fit: 'crop' }],
    [
      { size: '7x5', channels: '1', fit: 'stretch' },
      { height: 5, width: 7, channels: 1, fit: 'stretch' },
    ],
  ])('with %j become the rows that predictions see', async (options, form) => {
    const { opened, pictures } = await read(folder(shapes(33)), options);
    expect(pictures.form).toEqual(form);
    const [images, labels] = [contentOf(pictures.files.train.images), contentOf(pictures.files.train.labels)];
    expect(images.shape).toEqual([33, form.height, form.width, ...(form.channels === 3 ? [3] : [])]);
    const columns = images.data.length / 33;
    opened.files.train.forEach(({ path, label }, row) => {
      const expected = pictureRow(decodeImage(readFileSync(path)), form);
      expect(images.data.subarray(row * columns, (row + 1) * columns)).toEqual(expected);
      expect(SHAPES[labels.data[row]!]).toBe(label);
    });
  });

  it('of one small size stay as they are, in grey where none is coloured', async () => {
    const { pictures } = await read(folder(shapes(12, { width: 20, height: 15, channels: 1 })));
    expect(pictures).toMatchObject({
      form: { height: 15, width: 20, channels: 1 },
      reasons: { size: 'as they are', channels: 'all are grey' },
    });
    expect(contentOf(pictures.files.train.images).shape).toEqual([12, 15, 20]);
  });

  it('of one large size keep their aspect', async () => {
    const { pictures } = await read(folder(shapes(12, { width: 96, height: 72 })));
    expect(pictures.form).toMatchObject({ width: 32, height: 24 });
    expect(pictures.reasons.size).toBe('resized, all are 96×72');
  });

  it('have their classes in the order of numbers, else of characters', async () => {
    const [a, b, c] = [0, 1, 2].map((row) => pngOf(drawShape('disc', row, 1)));
    const numbered = (names: string[]) =>
      folder(
        Object.fromEntries(
          names.flatMap((name) => [0, 1, 2, 3].map((n) => [`${name}/${n}.png`, [a, b, c][n % 3]!])),
        ),
      );
    const namesOf = async (names: string[]) =>
      (await read(numbered(names))).pictures.classes.map(({ name }) => name);
    expect(await namesOf(['10', '9', '2'])).toEqual(['2', '9', '10']);
    expect(await namesOf(['b', 'a10', 'Z', 'a9'])).toEqual(['Z', 'a10', 'a9', 'b']);
    const table = Array.from({ length: 12 }, (_, n) => `${n}.png,${n % 3 === 0 ? 'late' : 'early'}\n`);
    const pictures = Object.fromEntries(table.map((_, n) => [`${n}.png`, a!]));
    const labelled = (await read(folder({ ...pictures, 'labels.csv': table.join('') }))).pictures;
    expect(labelled.classes.map(({ name }) => name)).toEqual(['early', 'late']);
    expect([...contentOf(labelled.files.train.labels).data.subarray(0, 4)]).toEqual([1, 0, 0, 1]);
  });

  it('are counted by set, as they are dealt, or as they have folders', async () => {
    const { pictures } = await read(folder(shapes(30)));
    expect(pictures.classes.map(({ name, train, test }) => [name, train, test])).toEqual([
      ['bar', 8, 2],
      ['disc', 8, 2],
      ['ring', 8, 2],
    ]);
    expect(pictures.files.test).toBeUndefined();
    const sets = Object.fromEntries(
      Object.entries(shapes(24)).map(([name, file], n) => [`${n < 18 ? 'train' : 'test'}/${name}`, file]),
    );
    const own = (await read(folder(sets))).pictures;
    expect(own.classes.map(({ train, test }) => train + test)).toEqual([8, 8, 8]);
    expect(contentOf(own.files.test!.images).shape[0]).toBe(6);
    expect(own.example).toContain('/test/');
  });

  it('that can’t be read are named and left out; so are classes that nobody wants', async () => {
    const files = {
      ...shapes(30),
      'bar/broken.png': shapes(1)['bar/0.jpeg']!.subarray(0, 200),
      'disc/notes.txt': 'x',
    };
    const { pictures } = await read(folder(files), { ignore: 'ring' });
    expect(pictures.classes.map(({ name }) => name)).toEqual(['bar', 'disc']);
    expect(contentOf(pictures.files.train.labels).data).toHaveLength(20);
    expect(pictures.leftOut).toEqual([
      { name: 'bar/broken.png', reason: expect.stringContaining('expected a JPEG file'), isLoss: true },
      {
        name: 'disc/notes.txt',
        reason: 'got bytes of another kind, expected a PNG or JPEG file',
        isLoss: false,
      },
    ]);
  });

  it('of which one of three is damaged behind its header are refused', async () => {
    const files = shapes(12, { width: 40, height: 30 });
    for (const name of Object.keys(files).slice(0, 4)) {
      files[name] = Uint8Array.from(files[name]!).fill(0, 60, 300);
    }
    await expect(read(folder(files))).rejects.toThrow(/[34] of 1[12] pictures can't be read, the first: /);
  });
});

const huge = (): Picture => ({ width: 5000, height: 4000, channels: 1, data: new Uint8Array(20_000_000) });

describe('a folder is refused', () => {
  const webp = Buffer.concat([Buffer.from('RIFF\0\0\0\0WEBPVP8 '), Buffer.alloc(40)]);
  it.each<[string, Record<string, Uint8Array | string>, PictureOptions, string]>([
    [
      'of one class',
      Object.fromEntries(Object.entries(shapes(30)).filter(([name]) => name.startsWith('bar'))),
      {},
      'got one class, bar, expected two at least',
    ],
    ['of few pictures', shapes(6), {}, 'got 6 pictures, expected 10 at least'],
    [
      'of pictures of another kind',
      { ...shapes(20), ...Object.fromEntries([1, 2, 3].map((n) => [`bar/${n}x.webp`, webp])) },
      {},
      "3 of 23 pictures can't be read, the first: bar/1x.webp: got WebP, expected a PNG or JPEG file. Save such files as PNG or JPEG, or move them away",
    ],
    [
      'with too large a picture',
      { ...shapes(9), 'bar/huge.png': pngOf(huge()) },
      {},
      'got 9 pictures, expected 10 at least; bar/huge.png: got 5000 × 4000 pixels, expected at most 16777216',
    ],
    [
      'of no pictures',
      { 'a/x.txt': 'x', 'b/y.txt': 'y' },
      {},
      'got 0 pictures, expected 10 at least; a/x.txt: got bytes of another kind',
    ],
    [
      'whose test set has another class',
      {
        ...Object.fromEntries(Object.entries(shapes(20)).map(([name, file]) => [`train/${name}`, file])),
        'test/disk/1.png': shapes(2)['disc/1.png']!,
      },
      {},
      'the test set has a class disk that the training set has not, did you mean disc? it has bar, disc, ring',
    ],
    [
      'for a class that is not there',
      shapes(20),
      { ignore: 'rings' },
      '--ignore: no class "rings", did you mean "ring"? there are bar, disc, ring',
    ],
    [
      'for another size',
      shapes(20),
      { size: '28' },
      '--size: got 28, expected WIDTHxHEIGHT in pixels, such as 28x28',
    ],
    [
      'for too large a size',
      shapes(20),
      { size: '300x300' },
      '--size: got 300x300 with 3 channels, 270000 inputs, expected at most 65536',
    ],
    [
      'for other channels',
      shapes(20),
      { channels: '4' },
      '--channels: got 4, expected 1, for grey, or 3, for colours',
    ],
    ['for another fit', shapes(20), { fit: 'pad' }, '--fit: got pad, expected crop or stretch'],
  ])('%s', async (_, files, options, message) => {
    await expect(read(folder(files), options)).rejects.toThrow(message);
  });

  it('whose classes are too small for a test set', async () => {
    const one = pngOf(drawShape('disc', 1, 1));
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`c${n}/a.png`, one]));
    await expect(read(folder(files))).rejects.toThrow(
      '--test-share: got 0.2, of which no class of these 12 pictures has one; expected more pictures, or a larger share',
    );
  });

  it('of more classes than a label’s byte has', async () => {
    const one = pngOf(drawShape('disc', 1, 1));
    const files = Object.fromEntries(Array.from({ length: 257 }, (_, n) => [`c${n}/a.png`, one]));
    await expect(read(folder(files))).rejects.toThrow(/got 257 classes, .*expected at most 256/);
  });
});
