/** A folder of pictures on this machine: which files there are, of which class, and for which set. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { nearMiss } from '../../functions/schemas/near-miss.ts';
import { UsageError } from '../cli/arguments.ts';
import { fromWhereOneIs } from './own-file.ts';
import {
  LABELS,
  type LabelOptions,
  type LeftOut,
  PICTURE_NAME,
  type PictureFile,
  readLabels,
} from './picture-labels.ts';

export interface PictureFolder {
  path: string;
  /** The test set is there where it has a folder of its own. */
  files: { train: PictureFile[]; test?: PictureFile[] };
  leftOut: LeftOut[];
}

const SETS: readonly string[] = ['train', 'test'];
/** What people call the two, and the third that there is besides at times. */
const LIKE_SETS = [...SETS, 'training', 'testing', 'val', 'valid', 'validation', 'dev', 'eval'];
const MOST_DEPTH = 8;

/**
 * @param option that the folder was given by
 * @throws UsageError for a path where no folder is, or a folder that can't be one of classes, saying what is expected
 */
export async function openFolder(
  option: string,
  given: string,
  options: LabelOptions,
): Promise<PictureFolder> {
  const path = fromWhereOneIs(given);
  const fail = (problem: string): never => {
    throw new UsageError(`${option} ${given}: ${problem}`);
  };
  checkFolder(path, fail);
  const entries = visible(path);
  const folders = namesOf(entries, (entry) => entry.isDirectory());
  const sets = splitFolders(path, entries, folders, fail);
  if (sets === undefined) {
    const { files, leftOut } = await readSet(path, path, options, fail);
    return { path, files: { train: files }, leftOut };
  }
  const train = await readSet(join(path, sets.train), path, options, fail);
  const test =
    sets.test === undefined ? undefined : await readSet(join(path, sets.test), path, options, fail);
  const others = folders.filter((name) => name !== sets.train && name !== sets.test);
  return {
    path,
    files: { train: train.files, ...(test === undefined ? {} : { test: test.files }) },
    leftOut: [
      ...train.leftOut,
      ...(test?.leftOut ?? []),
      ...others.map((name) => ({ name: `${name}/`, reason: 'beside train/ and test/' })),
    ],
  };
}

function checkFolder(path: string, fail: (problem: string) => never): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    const parent = dirname(path);
    const beside = statSync(parent, { throwIfNoEntry: false })?.isDirectory()
      ? namesOf(visible(parent), (entry) => entry.isDirectory())
      : [];
    const near = nearMiss(basename(path), beside);
    fail(`there is no such folder${near === undefined ? '' : `, did you mean ${join(parent, near)}?`}`);
  } else if (!stat.isDirectory()) {
    const how = /\.(zip|tar|t?gz|7z|rar)$/i.test(path)
      ? ': unpack it first'
      : /\.(csv|tsv)$/i.test(path)
        ? ': --csv FILE takes a table'
        : '';
    fail(`is a file, expected a folder with a folder for each class${how}`);
  }
}

/** Without what systems put beside people's files. Sorted, whatever the file system's order. */
function visible(path: string): Dirent[] {
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !/^(\.|__MACOSX$|Thumbs\.db$|desktop\.ini$)/i.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const namesOf = (entries: readonly Dirent[], is: (entry: Dirent) => boolean): string[] =>
  entries.filter(is).map(({ name }) => name);

/** The folders of the training and of the test set; nothing where folders are classes. */
function splitFolders(
  path: string,
  entries: readonly Dirent[],
  folders: readonly string[],
  fail: (problem: string) => never,
): { train: string; test?: string } | undefined {
  if (entries.some(({ name }) => name === LABELS)) return undefined;
  // A class may be called train, too: of a set, the pictures are one folder further down, or in labels.csv.
  const isSet = (name: string) => {
    const inside = visible(join(path, name));
    return inside.some((entry) => entry.isDirectory() || entry.name === LABELS);
  };
  const found = (set: string) => folders.find((name) => name.toLowerCase() === set && isSet(name));
  const [train, test] = SETS.map(found);
  const likeSets = folders.filter(
    (name) => name !== train && name !== test && isSet(name) && nearMiss(name, LIKE_SETS) !== undefined,
  );
  if (train !== undefined && (test !== undefined || likeSets.length === 0)) {
    return { train, ...(test === undefined ? {} : { test }) };
  }
  // One alone is a class whose name is like theirs.
  if (train === undefined && test === undefined && likeSets.length < 2) return undefined;
  const missing = train === undefined ? 'train' : 'test';
  const near = nearMiss(missing, likeSets) ?? likeSets[0];
  const there = [train, test, ...likeSets].filter((name) => name !== undefined).map((name) => `${name}/`);
  return fail(
    `got ${there.join(' and ')}, expected train/ and test/` +
      (near === undefined ? '' : `: is ${near}/ meant for ${missing}/? Then rename it`),
  );
}

interface PictureSet {
  files: PictureFile[];
  leftOut: LeftOut[];
}

/** Pictures of one set, by class. */
async function readSet(
  path: string,
  root: string,
  options: LabelOptions,
  fail: (problem: string) => never,
): Promise<PictureSet> {
  const entries = visible(path);
  const where = path === root ? '' : `${relative(root, path)}/ `;
  if (entries.length === 0) fail(`${where}is empty, expected a folder for each class`);
  if (entries.some(({ name }) => name === LABELS)) return readLabels(join(path, LABELS), path, root, options);
  const folders = namesOf(entries, (entry) => entry.isDirectory());
  const files = namesOf(entries, (entry) => !entry.isDirectory());
  if (folders.length === 0) {
    const near = nearMiss(
      LABELS,
      files.filter((name) => !PICTURE_NAME.test(name)),
    );
    const hint = near === undefined ? '' : `; is ${near} meant for ${LABELS}? Then rename it`;
    fail(`${where}has no folders, expected one for each class, or ${LABELS} beside the pictures${hint}`);
  }
  const classes = folders.map((label) => ({ label, names: filesBelow(path, label, 0) }));
  if (classes.every(({ names }) => names.every((name) => name.split('/').length > 2))) {
    const deeper = classes.find(({ names }) => names.length > 0);
    if (deeper !== undefined) {
      const one =
        folders.length === 1 ? join(path, deeper.label) : `one of them, such as ${join(path, deeper.label)}`;
      fail(
        `${where}has folders of folders (${deeper.names[0]}), expected pictures in each class's folder: give ${one}`,
      );
    }
  }
  const below = (name: string) => relative(root, join(path, name));
  const leftOut = [
    ...files.map((name) => ({ name: below(name), reason: "in no class's folder" })),
    ...classes
      .filter(({ names }) => names.length === 0)
      .map(({ label }) => ({ name: `${below(label)}/`, reason: 'empty' })),
  ];
  return {
    files: classes.flatMap(({ label, names }) =>
      names.map((name) => ({ path: join(path, name), name: below(name), label })),
    ),
    leftOut,
  };
}

/** Names of all files below a folder, in an order of their own, below `path`. */
function filesBelow(path: string, folder: string, depth: number): string[] {
  if (depth > MOST_DEPTH) return [];
  return visible(join(path, folder)).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    // A link to a folder might lead back to where it is.
    return entry.isDirectory() ? filesBelow(path, name, depth + 1) : [name];
  });
}
