/** Picture datasets as files: IDX as MNIST's four, and CIFAR-10's binary archive. */
import { idxHeader } from '../../../core/ingest/idx.ts';
import type { Pictures } from './pictures.ts';
import { type ArchiveMember, tarArchive } from './tar-archive.ts';

/** Records written at once. */
const GROUP = 256;

/** Records of rows `first` to `first + rows - 1`, some at a time. @param fill writes the row's record */
function* records(
  first: number,
  rows: number,
  bytes: number,
  fill: (row: number, record: Uint8Array) => void,
): Generator<Uint8Array> {
  for (let start = 0; start < rows; start += GROUP) {
    const group = new Uint8Array(Math.min(GROUP, rows - start) * bytes);
    for (let at = 0; at < group.length; at += bytes) {
      fill(first + start + at / bytes, group.subarray(at, at + bytes));
    }
    yield group;
  }
}

/** The header, then the pictures. */
export function* idxImages(
  pictures: Pictures,
  side: number,
  first: number,
  rows: number,
): Generator<Uint8Array> {
  yield idxHeader([rows, side, side]);
  yield* records(first, rows, pictures.bytes, (row, record) => pictures.draw(row, record));
}

export function* idxLabels(pictures: Pictures, first: number, rows: number): Generator<Uint8Array> {
  yield idxHeader([rows]);
  yield Uint8Array.from({ length: rows }, (_, row) => pictures.labelOf(first + row));
}

const TRAIN_BATCHES = 5;

/**
 * The archive's members in the real one's order and names, five batches of the training set and one of the test set.
 *
 * @throws RangeError when the training set can't be cut in five
 */
export function cifarArchive(
  pictures: Pictures,
  classNames: readonly string[],
  rows: number,
  testRows: number,
): Generator<Uint8Array> {
  if (rows % TRAIN_BATCHES !== 0) {
    throw new RangeError(
      `rows: got ${rows}, expected a multiple of ${TRAIN_BATCHES}, the training set's files`,
    );
  }
  const names = Buffer.from(`${classNames.join('\n')}\n`);
  const batch = rows / TRAIN_BATCHES;
  return tarArchive([
    { name: 'cifar-10-batches-bin/batches.meta.txt', size: names.length, pieces: [names] },
    ...Array.from({ length: TRAIN_BATCHES }, (_, index) =>
      cifarBatch(pictures, `data_batch_${index + 1}`, index * batch, batch),
    ),
    cifarBatch(pictures, 'test_batch', rows, testRows),
  ]);
}

function cifarBatch(pictures: Pictures, name: string, first: number, rows: number): ArchiveMember {
  const recordBytes = 1 + pictures.bytes;
  return {
    name: `cifar-10-batches-bin/${name}.bin`,
    size: rows * recordBytes,
    pieces: records(first, rows, recordBytes, (row, record) => {
      record[0] = pictures.labelOf(row);
      pictures.draw(row, record.subarray(1));
    }),
  };
}
