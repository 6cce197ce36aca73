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

export const TINY_FILES: Readonly<Record<string, Buffer>> = {
  'train-images': idxOf([TRAIN_SIZE, SIDE, SIDE], rowsOf(TRAIN_SIZE).flatMap(pixelsOf)),
  'train-labels': idxOf(
    [TRAIN_SIZE],
    rowsOf(TRAIN_SIZE).map((row) => row % CLASSES),
  ),
  'test-images': idxOf([TEST_SIZE, SIDE, SIDE], rowsOf(TEST_SIZE).flatMap(pixelsOf)),
  'test-labels': idxOf(
    [TEST_SIZE],
    rowsOf(TEST_SIZE).map((row) => row % CLASSES),
  ),
};

export const TINY_CATALOGUE: Catalogue = new Map([
  [
    'tiny',
    {
      name: 'tiny',
      format: 'idx',
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
} as const;

/** Uploads the files to a cloud's bucket. @returns a config's fields that declare them, and a network for them */
export async function uploadTiny(store: ObjectStore) {
  const upload = async (name: string) => {
    const key = `imports/tiny/${name}`;
    await store.createImmutable(key, TINY_FILES[name]!);
    return { key };
  };
  const split = async (name: string) => ({
    images: await upload(`${name}-images`),
    labels: await upload(`${name}-labels`),
  });
  const files = { train: await split('train'), test: await split('test') };
  return { dataset: { name: 'tiny', format: 'idx', files }, layers: [SIDE * SIDE, CLASSES], batchSize: 5 };
}
