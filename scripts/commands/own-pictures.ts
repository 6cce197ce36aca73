/** What `npm run train -- --images FOLDER` does before the run: the pictures become a declared dataset. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Split } from '../../core/ingest/catalogue/spec.ts';
import type { IdxLocations, UserDataset } from '../../core/ingest/catalogue/user-dataset.ts';
import { shapeOfForm } from '../../core/ingest/picture-row.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { UsageError } from '../cli/arguments.ts';
import { ownKey } from '../client/own-file.ts';
import {
  PICTURE_OPTIONS,
  type PictureOptions,
  type ReadPictures,
  readOwnPictures,
} from '../client/own-pictures.ts';
import { readSplit } from '../client/own-table.ts';
import { openFolder, type PictureFolder } from '../client/picture-folder.ts';
import type { LabelOptions } from '../client/picture-labels.ts';
import type { IdxFile } from '../client/picture-rows.ts';
import { colourTable } from '../support/colour.ts';
import { alignColumns } from '../support/columns.ts';
import {
  checkTest,
  type DataOptions,
  defaultsFor,
  makeDataset,
  nameOf,
  type OwnData,
  progressOf,
} from './own-data.ts';
import { pictureQuestion } from './question.ts';

/** Bytes of rows that a function that trains can surely hold. */
const MOST_IN_MEMORY = 256 * 1024 * 1024;

const LEAST_BATCH = 16;

/** Options that correct what is found. */
export const OF_PICTURES: readonly string[] = [
  ...Object.keys(PICTURE_OPTIONS),
  ...['test', 'test-share', 'split-seed', 'ignore', 'target'],
];

type Options = PictureOptions & LabelOptions & DataOptions & { images?: string };

/**
 * @param given fields of the config that the user gave; `dataset` is a name for what becomes of the folder
 * @param store asked for when all is known to be right; undefined for a dry run
 */
export async function preparePictures(
  given: Record<string, unknown>,
  options: Options,
  store: (() => Promise<ObjectStore>) | undefined,
): Promise<OwnData> {
  checkTest(options);
  const split = readSplit(options['test-share'], options['split-seed']);
  const folder = await openBoth(options);
  const scratch = mkdtempSync(join(tmpdir(), 'stepnet-pictures-'));
  try {
    const pictures = await readOwnPictures(folder, options, split, scratch, progressOf);
    console.log(describePictures(folder, pictures));
    const root = resolve(folder.path);
    const wanted = nameOf(given.dataset ?? basename(root));
    const { form, classes } = pictures;
    const sets = Object.entries(pictures.files) as [Split, Record<'images' | 'labels', IdxFile>][];
    const keyOf = (file: IdxFile) => ownKey(wanted, file, file.sha256);
    const locate = ({ images, labels }: Record<'images' | 'labels', IdxFile>): IdxLocations => ({
      images: { key: keyOf(images), sha256: images.sha256 },
      labels: { key: keyOf(labels), sha256: labels.sha256 },
    });
    const declare = (name: string): UserDataset => ({
      name,
      format: 'idx',
      files: Object.fromEntries(sets.map(([set, files]) => [set, locate(files)])) as Record<
        Split,
        IdxLocations
      >,
      ...(pictures.files.test === undefined ? { split } : {}),
      classNames: classes.map(({ name: each }) => each),
      pictures: form,
    });
    const trained = classes.reduce((sum, { train }) => sum + train, 0);
    const rowBytes = shapeOfForm(form).reduce((product, size) => product * size, 1);
    const found = {
      wanted,
      declare,
      files: sets.flatMap(([, { images, labels }]) =>
        [images, labels].map((file) => ({ name: basename(file.path), file, key: keyOf(file) })),
      ),
      trained,
      hyperparameters: {
        ...defaultsFor(trained, LEAST_BATCH),
        hidden: [64, 32],
        learningRate: 0.001,
        sampling: trained * rowBytes > MOST_IN_MEMORY ? 'shardShuffle' : 'shuffle',
      },
      path: join(dirname(root), `${wanted}.json`),
    };
    const made = await makeDataset(given, found, store);
    const { example } = pictures;
    return {
      ...made,
      question: (model) => (example === undefined ? undefined : pictureQuestion(model, example)),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The folder, and that of `--test` as its test set. */
async function openBoth(options: Options): Promise<PictureFolder> {
  const folder = await openFolder('--images', options.images!, options);
  if (options.test === undefined) return folder;
  if (folder.files.test !== undefined) {
    throw new UsageError(`--test: got it beside test/ in ${folder.path}, expected one of the two`);
  }
  const { files, leftOut } = await openFolder('--test', options.test, options);
  return {
    ...folder,
    files: { train: folder.files.train, test: files.train },
    leftOut: [...folder.leftOut, ...leftOut],
  };
}

const MOST_SHOWN = 5;

/** What was found of each class, and what becomes of the pictures, for people. */
function describePictures({ path }: PictureFolder, pictures: ReadPictures): string {
  const { classes, form, reasons, leftOut, files } = pictures;
  const count = classes.reduce((sum, { train, test }) => sum + train + test, 0);
  const rows = classes.map(({ name, train, test, sizes }) => [
    name,
    String(train),
    String(test),
    range(sizes),
  ]);
  const isDealt = files.test === undefined;
  const found = [
    ['size', `${form.width}×${form.height}`, reasons.size, '--size WxH, --fit crop|stretch'],
    ['channels', String(form.channels), reasons.channels, '--channels 1|3'],
    [
      'test set',
      String(classes.reduce((sum, { test }) => sum + test, 0)),
      isDealt ? 'a share of each class, drawn by a seed' : 'of a folder of its own',
      isDealt ? '--test-share N, --test FOLDER' : '--test FOLDER',
    ],
  ];
  const shown = leftOut.slice(0, MOST_SHOWN).map(({ name, reason }) => `  ${name}: ${reason}`);
  const more = leftOut.length - shown.length;
  return [
    `${relative('.', path) || path}: ${count} pictures of ${classes.length} classes`,
    ...colourTable(
      alignColumns([['class', 'train', 'test', 'sizes'], ...rows], (column) => column === 0 || column === 3),
    ),
    '',
    ...colourTable(alignColumns([['what', 'is', 'why', 'otherwise'], ...found], () => true)),
    ...(leftOut.length === 0 ? [] : [`left out: ${leftOut.length}`, ...shown]),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n');
}

function range(sizes: ReadPictures['classes'][number]['sizes']): string {
  const [first, last] = [sizes[0], sizes.at(-1)].map((size) => size && `${size.width}×${size.height}`);
  return first === last ? (first ?? '') : `${first} to ${last}`;
}
