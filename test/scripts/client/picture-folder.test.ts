/** Folders of pictures as people have them, and those that mean something else than they say. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFolder } from '../../../scripts/client/picture-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'stepnet-folder-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;

/** Files without content, or with what is given. */
function folder(...files: (string | [name: string, content: string])[]): string {
  const path = join(root, String(made++));
  mkdirSync(path);
  for (const file of files) {
    const [name, content] = typeof file === 'string' ? [file, ''] : file;
    mkdirSync(dirname(join(path, name)), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(join(path, name), content);
  }
  return path;
}
const open = (path: string, options = {}) => openFolder('--images', path, options);
async function labelled(path: string, options = {}) {
  const { files, leftOut } = await open(path, options);
  const pairs = (set: { name: string; label: string }[] = []) =>
    set.map(({ name, label }) => `${name} ${label}`);
  return { train: pairs(files.train), test: files.test && pairs(files.test), leftOut };
}

describe('a folder', () => {
  it('has a folder for each class, with folders in it or not', async () => {
    const path = folder(
      'dogs/b.jpg',
      'cats/new/a.png',
      'cats/a.png',
      'cats/.DS_Store',
      'Thumbs.db',
      'readme.md',
      'birds/',
    );
    mkdirSync(join(path, 'birds'), { recursive: true });
    expect(await labelled(path)).toEqual({
      train: ['cats/a.png cats', 'cats/new/a.png cats', 'dogs/b.jpg dogs'],
      test: undefined,
      leftOut: [
        { name: 'readme.md', reason: "in no class's folder" },
        { name: 'birds/', reason: 'empty' },
      ],
    });
  });

  it('has both sets below train/ and test/, whatever their case', async () => {
    const path = folder('Train/a/1.png', 'Train/b/2.png', 'TEST/a/3.png', 'val/a/4.png');
    expect(await labelled(path)).toEqual({
      train: ['Train/a/1.png a', 'Train/b/2.png b'],
      test: ['TEST/a/3.png a'],
      leftOut: [{ name: 'val/', reason: 'beside train/ and test/' }],
    });
    expect((await labelled(folder('train/a/1.png', 'train/b/2.png'))).test).toBeUndefined();
  });

  it('may have a class called train', async () => {
    expect((await labelled(folder('train/1.png', 'bus/2.png'))).train).toEqual([
      'bus/2.png bus',
      'train/1.png train',
    ]);
  });

  it('has a table of labels beside its pictures, with a header or without', async () => {
    const table = ['who;when;breed', 'b;1;"poodle, small"', 'x/a.png;2;pug', 'x/a.png;2;pug'].join('\r\n');
    const path = folder('b.jpg', 'x/a.png', 'c.png', ['labels.csv', table]);
    expect((await labelled(path, { target: 'breed' })).train).toEqual(['b.jpg poodle, small', 'x/a.png pug']);
    const absolute = folder('b.png', 'labels.csv');
    writeFileSync(join(absolute, 'labels.csv'), `file,label\n${join(absolute, 'b.png')},pug\n`);
    expect((await labelled(absolute)).train).toEqual(['b.png pug']);
    const bare = folder('b.jpg', 'a.png', ['labels.csv', 'a.png,pug\nb.jpg,poodle\n']);
    expect((await labelled(bare)).train).toEqual(['a.png pug', 'b.jpg poodle']);
    const sets = folder('train/1.png', ['train/labels.csv', '1.png,a\n'], 'test/2.png', [
      'test/labels.csv',
      'f,l\n2.png,b\n',
    ]);
    expect(await labelled(sets)).toMatchObject({ train: ['train/1.png a'], test: ['test/2.png b'] });
  });

  it('lists lines of its table that say nothing of a picture', async () => {
    const table = 'file,label\na.png,pug\nd.png,pug\nb.png,\na.png,poodle\n';
    const { train, leftOut } = await labelled(folder('a.png', 'b.png', ['labels.csv', table]));
    expect(train).toEqual(['a.png pug']);
    expect(leftOut).toEqual([
      { name: 'labels.csv line 3', reason: 'there is no file "d.png"', isLoss: true },
      { name: 'labels.csv line 4', reason: 'no "label" of b.png', isLoss: true },
      { name: 'labels.csv line 5', reason: 'a.png is poodle here and pug before', isLoss: true },
    ]);
  });
});

describe('a folder is refused', () => {
  it.each<[string, () => string, string, object?]>([
    [
      'that is not there',
      () => join(folder('cats/a.png', 'dogs/b.png'), 'cat'),
      'there is no such folder, did you mean ',
    ],
    [
      'that is a file',
      () => join(folder('a.zip'), 'a.zip'),
      'is a file, expected a folder with a folder for each class: unpack it first',
    ],
    ['that is a table', () => join(folder('a.csv'), 'a.csv'), '--csv FILE takes a table'],
    ['that is empty', () => folder(), 'is empty, expected a folder for each class'],
    [
      'of pictures alone',
      () => folder('a.png', 'b.png'),
      'has no folders, expected one for each class, or labels.csv beside the pictures',
    ],
    [
      'whose table has another name',
      () => folder('a.png', 'label.csv'),
      'is label.csv meant for labels.csv? Then rename it',
    ],
    [
      'of a test set that is called otherwise',
      () => folder('train/a/1.png', 'tets/a/1.png'),
      'got train/ and tets/, expected train/ and test/: is tets/ meant for test/? Then rename it',
    ],
    [
      'of a validation set alone',
      () => folder('train/a/1.png', 'val/a/1.png'),
      'is val/ meant for test/? Then rename it',
    ],
    [
      'of a test set alone',
      () => folder('test/a/1.png', 'training/a/1.png'),
      'is training/ meant for train/? Then rename it',
    ],
    [
      'one above that of the classes',
      () => folder('pets/cats/a.png', 'pets/dogs/b.png'),
      'has folders of folders (pets/cats/a.png), expected pictures in each class',
    ],
    [
      'whose table names no files',
      () => folder('a.png', ['labels.csv', 'file,label\nx.png,pug\ny.png,pug\n']),
      'labels.csv: no column has names of files that are beside it (its columns are file, label; its first row is "x.png", "pug")',
    ],
    [
      'whose table has one column',
      () => folder('a.png', ['labels.csv', 'file\na.png\na.png\n']),
      'labels.csv: got one column, file, expected file names and a label',
    ],
    [
      'whose table has several columns',
      () => folder('a.png', ['labels.csv', 'file,breed,age\na.png,pug,3\n']),
      '--target COLUMN: which column of labels.csv is the label, one of breed, age',
    ],
    [
      'of an absent column',
      () => folder('a.png', ['labels.csv', 'file,breed\na.png,pug\n']),
      '--target: no column of labels "bred" in labels.csv, did you mean "breed"? it has breed',
      { target: 'bred' },
    ],
  ])('%s', async (_, make, message, options) => {
    await expect(open(make(), options)).rejects.toThrow(message);
  });
});
