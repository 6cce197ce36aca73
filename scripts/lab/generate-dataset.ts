/** Writes datasets in the formats that are read here, from a seed: the same one gives the same bytes before gzip. */
import { join } from 'node:path';
import { CIFAR_10, KDD_ROWS } from '../../core/ingest/catalogue/datasets.ts';
import { type Options, texts, UsageError, wholeNumber } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { houseRows, houseSchema } from './generate/csv-tables.ts';
import { kddRows } from './generate/kddcup99.ts';
import { cifarArchive, idxImages, idxLabels } from './generate/picture-files.ts';
import { Pictures } from './generate/pictures.ts';
import { shapeFiles } from './generate/shape-pictures.ts';
import { writeFile } from './generate/write-file.ts';

const HELP = `npm run generate-dataset -- --kind KIND --out FOLDER [options]
  --kind KIND       idx                 four files as MNIST's, 28×28, ten classes
                    cifar-10            cifar-10-binary.tar.gz
                    kddcup99            kddcup.data.gz and corrected.gz
                    csv-classification  train.csv.gz, test.csv.gz and schema.json, three classes
                    csv-regression      the same with a number to predict
                    pictures            PNG files, a folder for each of three classes; with --test-rows below
                                        train/ and test/
  --out FOLDER      where the files go; existing ones are replaced
  --rows N          of the training set (default: as many as the real one has; CSV 10,000, pictures 120)
  --test-rows N     of the test set (default: in the real one's proportion; pictures none)
  --seed N          (default 1)`;

const OPTIONS = {
  ...texts('kind', 'out', 'rows', 'test-rows'),
  seed: { type: 'string', default: '1' },
} as const;

/** Rows of the real training and test sets. */
const SIZES = {
  idx: [60_000, 10_000],
  'cifar-10': [50_000, 10_000],
  kddcup99: [KDD_ROWS.train, KDD_ROWS.test],
  'csv-classification': [10_000, 2000],
  'csv-regression': [10_000, 2000],
  pictures: [120, 0],
} as const;
type Kind = keyof typeof SIZES;
/** Labels of the KDD's smaller sets: a row for each. */
const LEAST_ROWS = 40;
const MOST = 0xfffe_ffff;

async function generate(options: Options<typeof OPTIONS>, words: string[]): Promise<undefined> {
  const { kind, out } = options;
  if (words.length > 0 || kind === undefined || out === undefined) throw new UsageError(HELP);
  if (!isKind(kind)) {
    throw new UsageError(`--kind: got ${kind}, expected one of ${Object.keys(SIZES).join(', ')}`);
  }
  const [trainRows, testRows] = SIZES[kind];
  const rows = wholeNumber('--rows', options.rows ?? String(trainRows), LEAST_ROWS, MOST);
  const inProportion = Math.max(Math.min(LEAST_ROWS, testRows), Math.round((rows * testRows) / trainRows));
  const testSize = wholeNumber(
    '--test-rows',
    options['test-rows'] ?? String(inProportion),
    Math.min(LEAST_ROWS, testRows),
    MOST,
  );
  const seed = wholeNumber('--seed', options.seed, 0, MOST);
  const files = filesOf(kind, rows, testSize, seed);
  for (const [name, pieces] of files) {
    await writeFile(join(out, name), pieces);
    if (kind !== 'pictures') console.log(join(out, name));
  }
  if (kind === 'pictures') console.log(`${out}: ${rows + testSize} pictures`);
}

const isKind = (kind: string): kind is Kind => Object.hasOwn(SIZES, kind);

/** @throws UsageError for a number of rows that the kind's files can't have */
function filesOf(
  kind: Kind,
  rows: number,
  testRows: number,
  seed: number,
): Iterable<[name: string, pieces: Iterable<string | Uint8Array>]> {
  switch (kind) {
    case 'kddcup99':
      return [
        ['kddcup.data.gz', kddRows(rows, seed, 'train')],
        ['corrected.gz', kddRows(testRows, seed, 'test')],
      ];
    case 'cifar-10': {
      const { classes, classNames = [], pictures: form } = CIFAR_10;
      if (rows % 5 !== 0) throw new UsageError(`--rows: got ${rows}, expected a multiple of 5`);
      const pictures = new Pictures({ planes: form.channels, side: form.height }, classes, seed);
      return [['cifar-10-binary.tar.gz', cifarArchive(pictures, classNames, rows, testRows)]];
    }
    case 'idx': {
      const side = 28;
      const pictures = new Pictures({ planes: 1, side }, 10, seed);
      return [
        ['train-images-idx3-ubyte.gz', idxImages(pictures, side, 0, rows)],
        ['train-labels-idx1-ubyte.gz', idxLabels(pictures, 0, rows)],
        ['t10k-images-idx3-ubyte.gz', idxImages(pictures, side, rows, testRows)],
        ['t10k-labels-idx1-ubyte.gz', idxLabels(pictures, rows, testRows)],
      ];
    }
    case 'pictures':
      return testRows === 0
        ? shapeFiles(rows, seed)
        : inFolders([
            ['train', shapeFiles(rows, seed)],
            ['test', shapeFiles(testRows, seed, rows)],
          ]);
    case 'csv-classification':
    case 'csv-regression': {
      const task = kind === 'csv-regression' ? 'regression' : 'classification';
      return [
        ['train.csv.gz', houseRows(task, 0, rows, seed)],
        ['test.csv.gz', houseRows(task, rows, testRows, seed)],
        ['schema.json', [`${JSON.stringify(houseSchema(task), null, 2)}\n`]],
      ];
    }
  }
}

function* inFolders(
  folders: [folder: string, files: ReturnType<typeof shapeFiles>][],
): ReturnType<typeof shapeFiles> {
  for (const [folder, files] of folders)
    for (const [name, pieces] of files) yield [`${folder}/${name}`, pieces];
}

runCommand(HELP, OPTIONS, generate);
