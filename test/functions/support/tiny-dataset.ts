/** A dataset small enough for unit tests: IDX files with right hashes and the catalogue that names them. */
import type { Catalogue } from '../../../core/ingest/catalogue/datasets.ts';
import type { VerifiedIdxFile } from '../../../core/ingest/catalogue/spec.ts';
import type { ObjectStore } from '../../../functions/store/object-store.ts';
import { sha256 } from '../../../functions/store/sha256.ts';

export const SIDE = 3;
export const CLASSES = 3;
export const TRAIN_SIZE = 30;
export const TEST_SIZE = 9;

export function idxOf(shape: number[], data: number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = 8;
  header[3] = shape.length;
  shape.forEach((size, index) => {
    header.writeUInt32BE(size, 4 + 4 * index);
  });
  return Buffer.concat([header, Buffer.from(data)]);
}

/** Class c lights the pixels of row c; the other pixels are a faint pattern. */
function pixelsOf(row: number): number[] {
  const label = row % CLASSES;
  return Array.from({ length: SIDE * SIDE }, (_, pixel) =>
    Math.floor(pixel / SIDE) === label ? 200 + ((row * 7 + pixel) % 50) : (row + pixel) % 4 === 0 ? 9 : 0,
  );
}

const rowsOf = (size: number) => Array.from({ length: size }, (_, row) => row);

/** The files of a dataset of so many rows, by what each is. */
const filesOf = (sizes: Record<'train' | 'test', number>): Record<string, Buffer> =>
  Object.fromEntries(
    Object.entries(sizes).flatMap(([split, size]) => [
      [`${split}-images`, idxOf([size, SIDE, SIDE], rowsOf(size).flatMap(pixelsOf))],
      [
        `${split}-labels`,
        idxOf(
          [size],
          rowsOf(size).map((row) => row % CLASSES),
        ),
      ],
    ]),
  );

export const TINY_FILES = filesOf({ train: TRAIN_SIZE, test: TEST_SIZE });

export const TINY_CATALOGUE: Catalogue = new Map([
  [
    'tiny',
    {
      name: 'tiny',
      format: 'idx',
      manifestVersion: 1,
      inputShape: [SIDE, SIDE],
      classes: CLASSES,
      mirrors: ['http://127.0.0.1:9/'],
      files: Object.entries(TINY_FILES).map(([name, bytes]): VerifiedIdxFile => {
        const [split, role] = name.split('-') as [VerifiedIdxFile['split'], VerifiedIdxFile['role']];
        return { name, split, role, bytes: bytes.length, sha256: sha256(bytes) };
      }),
    },
  ],
]);

export const TINY_CONFIG = {
  dataset: 'tiny',
  layers: [SIDE * SIDE, 4, CLASSES],
  weightInit: { kind: 'he' },
  batchSize: 5,
  learningRate: 0.5,
  iterations: 30,
  promotion: 'always',
} as const;

/** Uploads such a dataset to a cloud's bucket. @returns a config's fields that declare it, and a network for it */
export async function uploadTiny(store: ObjectStore, sizes = { train: TRAIN_SIZE, test: TEST_SIZE }) {
  const location = (file: string) => ({ key: `imports/tiny/${file}` });
  for (const [file, bytes] of Object.entries(filesOf(sizes))) {
    await store.createImmutable(location(file).key, bytes);
  }
  const split = (name: string) => ({
    images: location(`${name}-images`),
    labels: location(`${name}-labels`),
  });
  const files = { train: split('train'), test: split('test') };
  const dataset = { name: 'tiny', format: 'idx' as const, files };
  return { dataset, layers: [SIDE * SIDE, CLASSES], batchSize: 5 };
}
