/** A folder of pictures on this machine as a dataset: what was found, which people may correct, and its files. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Split } from '../../core/ingest/catalogue/spec.ts';
import { type PictureForm, shapeOfForm } from '../../core/ingest/picture-row.ts';
import { RowSplit, type SplitSchema } from '../../core/ingest/table/split.ts';
import { MAX_BODY_BYTES, MAX_IMAGE_BYTES, MAX_UNKNOWN_BYTES } from '../../functions/contract/data.ts';
import { sizeOfImage } from '../../functions/images/decode-image.ts';
import { ImageError } from '../../functions/images/image-error.ts';
import { nearMiss } from '../../functions/schemas/near-miss.ts';
import { texts, UsageError } from '../cli/arguments.ts';
import type { PictureFolder } from './picture-folder.ts';
import { chooseForm, type FormChoice, type Size } from './picture-form.ts';
import type { LeftOut, PictureFile } from './picture-labels.ts';
import { type IdxFile, PictureRows } from './picture-rows.ts';
import { readPictures } from './read-pictures.ts';

export const PICTURE_OPTIONS = texts('size', 'channels', 'fit');

export interface PictureOptions extends FormChoice {
  /** Classes to leave out. */
  ignore?: string;
}

export interface PictureClass {
  name: string;
  train: number;
  test: number;
  /** Different ones, the smallest first. */
  sizes: Size[];
}

export interface ReadPictures {
  form: PictureForm;
  /** Why it is so, for people. */
  reasons: { size: string; channels: string };
  /** In the order of their numbers. */
  classes: PictureClass[];
  files: { train: Record<'images' | 'labels', IdxFile>; test?: Record<'images' | 'labels', IdxFile> };
  leftOut: LeftOut[];
  /** A file of the test set that the endpoint takes; undefined where all are too large. */
  example: string | undefined;
}

/** Labels are bytes. */
const MAX_CLASSES = 256;
/** Units of a layer at most. */
const MAX_INPUTS = 65_536;
/** Fewer teach nothing. */
const LEAST_PICTURES = 10;
/** Of the pictures, those that may be left out before it is the wrong folder. */
const MOST_BAD = 0.1;
const ADVICE = 'Save such files as PNG or JPEG, or move them away';
/** What pictures' names end with; other files that can't be read are none, and no loss. */
const PICTURE_LIKE = /\.(png|jpe?g|jfif|gif|webp|bmp|tiff?|heic|heif|avif|svg|raw|dng|psd)$/i;

/**
 * Reads every file once for its size and once for its pixels.
 *
 * @param split by which a test set is dealt where the folder has none
 * @param scratch a folder for the files that are made
 * @param progressOf is given all files' bytes, and gives what is told of those that were read
 * @throws UsageError naming what is wrong, with what and what is allowed
 */
export async function readOwnPictures(
  folder: PictureFolder,
  options: PictureOptions,
  split: SplitSchema,
  scratch: string,
  progressOf: (bytes: number) => (read: number) => void = () => () => {},
): Promise<ReadPictures> {
  const wanted = withoutIgnored(folder, options.ignore);
  checkClasses(folder, wanted);
  const measured = await measure(wanted, folder.leftOut);
  checkCounts(folder.path, measured);
  checkClasses(folder, measured.files);
  const names = classNames(measured.files.train);
  const chosen = chooseForm([...measured.sizes.values()], options);
  checkSizes(chosen.form, measured.sizes.size);
  const { form } = chosen;
  const given = options.channels === undefined ? undefined : form.channels;
  const channelsOf = given === undefined ? ([1, 3] as const) : [given];
  const onBytes = progressOf(measured.bytes);
  const sets = new Map<Split, { rows: PictureRows; read: PictureFile[] }>();
  try {
    for (const [set, files] of Object.entries(measured.files) as [Split, PictureFile[]][]) {
      const rows = new PictureRows(join(scratch, set), form, channelsOf);
      const read: PictureFile[] = [];
      sets.set(set, { rows, read });
      const jobs = files.map(({ path }) => ({ path, form, channels: channelsOf }));
      let next = 0;
      for await (const result of readPictures(jobs, measured.bytes)) {
        const file = files[next++]!;
        onBytes((await stat(file.path)).size);
        if ('problem' in result) {
          leaveOut(file, result.problem, measured.leftOut);
          continue;
        }
        rows.add(result.rows, result.isColoured, names.indexOf(file.label));
        read.push(file);
      }
    }
  } finally {
    for (const { rows } of sets.values()) rows.close();
  }
  const train = sets.get('train')!;
  const test = sets.get('test');
  const read = { train: train.read, ...(test === undefined ? {} : { test: test.read }) };
  checkCounts(folder.path, { ...measured, files: read });
  const lost = names.find((name) => train.read.every(({ label }) => label !== name));
  if (lost !== undefined) {
    throw new UsageError(
      `--images ${folder.path}: no picture of ${lost} can be read${firstOf(measured.leftOut)}`,
    );
  }
  const coloured = [...sets.values()].reduce((sum, { rows }) => sum + rows.coloured, 0);
  const channels = given ?? (coloured > 0 ? 3 : 1);
  const tested = test?.read ?? dealt(train.read, train.rows.labels, split);
  const isTest = new Set(tested);
  const all = [...train.read, ...(test?.read ?? [])];
  return {
    form: { ...form, channels },
    reasons: {
      size: chosen.reason,
      channels:
        given === undefined
          ? coloured === 0
            ? 'all are grey'
            : `${coloured} of ${all.length} are coloured`
          : 'as you say',
    },
    classes: names.map((name) => ({
      name,
      train: all.filter((file) => file.label === name && !isTest.has(file)).length,
      test: tested.filter(({ label }) => label === name).length,
      sizes: distinct(all.filter(({ label }) => label === name).map((file) => measured.sizes.get(file)!)),
    })),
    files: {
      train: await train.rows.write(scratch, 'train', channels),
      ...(test === undefined ? {} : { test: await test.rows.write(scratch, 'test', channels) }),
    },
    leftOut: measured.leftOut,
    example: await exampleOf([...tested, ...train.read]),
  };
}

type Files = { train: PictureFile[]; test?: PictureFile[] };

function withoutIgnored({ files }: PictureFolder, ignore = ''): Files {
  const ignored = ignore.split(',').filter(Boolean);
  const known = classNames(files.train);
  for (const name of ignored) {
    if (known.includes(name)) continue;
    const near = nearMiss(name, known);
    const hint = near === undefined ? '' : ` did you mean ${JSON.stringify(near)}?`;
    throw new UsageError(`--ignore: no class ${JSON.stringify(name)},${hint} there are ${listed(known)}`);
  }
  const kept = (all: PictureFile[]) => all.filter(({ label }) => !ignored.includes(label));
  return { train: kept(files.train), ...(files.test === undefined ? {} : { test: kept(files.test) }) };
}

const MOST_LISTED = 20;
const listed = (names: readonly string[]): string =>
  names.slice(0, MOST_LISTED).join(', ') +
  (names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '');

/** Numbers by their size, all else by its characters: whatever the order in which files come, or the language here. */
export function classNames(files: readonly { label: string }[]): string[] {
  const names = [...new Set(files.map(({ label }) => label))];
  return names.every((name) => /^\d{1,15}$/.test(name))
    ? names.sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1))
    : names.sort();
}

function checkClasses({ path, leftOut }: PictureFolder, { train, test = [] }: Files): void {
  const names = classNames(train);
  const fail = (problem: string): never => {
    throw new UsageError(`--images ${path}: ${problem}`);
  };
  if (names.length === 0) fail(`no pictures in it, expected a folder for each class${firstOf(leftOut)}`);
  if (names.length === 1) fail(`got one class, ${names[0]}, expected two at least`);
  if (names.length > MAX_CLASSES) {
    fail(`got ${names.length} classes, ${listed(names)}, expected at most ${MAX_CLASSES}`);
  }
  const other = classNames(test).find((name) => !names.includes(name));
  if (other === undefined) return;
  const near = nearMiss(other, names);
  const hint = near === undefined ? '' : ` did you mean ${near}?`;
  fail(`the test set has a class ${other} that the training set has not,${hint} it has ${listed(names)}`);
}

const firstOf = ([first]: readonly LeftOut[]): string =>
  first === undefined ? '' : `; ${first.name}: ${first.reason}`;

interface Measured {
  files: Files;
  sizes: Map<PictureFile, Size>;
  leftOut: LeftOut[];
  /** Of all files. */
  bytes: number;
}

/** What the files' headers say. */
async function measure(files: Files, leftOut: readonly LeftOut[]): Promise<Measured> {
  const measured: Measured = { files: { train: [] }, sizes: new Map(), leftOut: [...leftOut], bytes: 0 };
  for (const [set, wanted] of Object.entries(files) as [Split, PictureFile[]][]) {
    measured.files[set] = [];
    for (const file of wanted) {
      const { size: bytes } = await stat(file.path);
      const size =
        bytes > MAX_IMAGE_BYTES
          ? tooLarge(bytes, file, measured.leftOut)
          : tried(await sizeIn(file.path), file, measured.leftOut);
      if (size === undefined) continue;
      measured.sizes.set(file, size);
      measured.bytes += bytes;
      measured.files[set].push(file);
    }
  }
  return measured;
}

async function sizeIn(path: string): Promise<() => Size> {
  const bytes = await readFile(path);
  return () => sizeOfImage(bytes);
}

function tooLarge(bytes: number, { name }: PictureFile, leftOut: LeftOut[]): undefined {
  leftOut.push({ name, reason: `got ${bytes} bytes, expected at most ${MAX_IMAGE_BYTES}`, isLoss: true });
}

/** undefined for a file that is no picture that can be read, which is told of later. */
function tried<T>(read: () => T, file: PictureFile, leftOut: LeftOut[]): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    leaveOut(file, error.message, leftOut);
    return undefined;
  }
}

function leaveOut({ name }: PictureFile, reason: string, leftOut: LeftOut[]): void {
  leftOut.push({ name, reason, isLoss: PICTURE_LIKE.test(name) });
}

function checkCounts(path: string, { files, leftOut }: Measured): void {
  const good = files.train.length + (files.test?.length ?? 0);
  const bad = leftOut.filter(({ isLoss }) => isLoss);
  const fail = (problem: string): never => {
    throw new UsageError(`--images ${path}: ${problem}`);
  };
  if (bad.length > MOST_BAD * (good + bad.length)) {
    const { name, reason } = bad[0]!;
    fail(
      `${bad.length} of ${good + bad.length} pictures can't be read, the first: ${name}: ${reason}. ${ADVICE}`,
    );
  }
  if (good < LEAST_PICTURES) {
    fail(
      `got ${good} pictures, expected ${LEAST_PICTURES} at least${firstOf(bad.length > 0 ? bad : leftOut)}`,
    );
  }
  if (files.test?.length === 0) fail('got no pictures for the test set, expected one at least');
}

function checkSizes(form: PictureForm, pictures: number): void {
  const shape = shapeOfForm(form);
  const inputs = shape.reduce((product, size) => product * size, 1);
  const got = `${form.width}x${form.height} with ${form.channels} channels, ${inputs} inputs`;
  if (inputs > MAX_INPUTS) throw new UsageError(`--size: got ${got}, expected at most ${MAX_INPUTS}`);
  if (inputs * pictures > MAX_UNKNOWN_BYTES) {
    throw new UsageError(
      `--size: got ${got} of ${pictures} pictures, ${inputs * pictures} bytes, expected at most ${MAX_UNKNOWN_BYTES}`,
    );
  }
}

/** The test set as the pipeline deals it. */
function dealt(files: readonly PictureFile[], labels: readonly number[], split: SplitSchema): PictureFile[] {
  const dealer = new RowSplit(split);
  const tested = files.filter((_, row) => dealer.deal('', row, Uint8Array.of(labels[row]!)));
  if (tested.length > 0) return tested;
  throw new UsageError(
    `--test-share: got ${split.testShare}, of which no class of these ${files.length} pictures has one; expected more pictures, or a larger share`,
  );
}

const area = ({ width, height }: Size): number => width * height;

function distinct(sizes: readonly Size[]): Size[] {
  const known = new Map(sizes.map((size) => [`${size.width}x${size.height}`, size]));
  return [...known.values()].sort((a, b) => area(a) - area(b) || a.width - b.width);
}

async function exampleOf(files: readonly PictureFile[]): Promise<string | undefined> {
  for (const { path } of files) if ((await stat(path)).size <= MAX_BODY_BYTES) return path;
  return undefined;
}
