/** Rows of bytes out of IDX files and of CIFAR's archives. */

import { ConfigError, DatasetError } from '../../core/errors.ts';
import type { CifarSpec, IdxSpec, Split } from '../../core/ingest/catalogue/spec.ts';
import { readCifar } from '../../core/ingest/cifar.ts';
import { openIdx, readIdxPair } from '../../core/ingest/idx-stream.ts';
import { checkLabels, type Shard } from '../../core/ingest/shard.ts';
import { RowSplit } from '../../core/ingest/table/split.ts';
import { gatherDense } from '../../core/rows/gather-rows.ts';
import { checked } from '../dataset/measure.ts';
import type { SourceReader } from './read-source.ts';
import { tarFiles } from './tar-files.ts';

/** What is known of a picture dataset before its rows are read. */
export interface PictureShape {
  inputShape: number[];
  classes: number;
}

/** Shape and classes of IDX files, from the training set's files where the spec doesn't say. */
export async function idxShape(spec: IdxSpec, reader: SourceReader): Promise<PictureShape> {
  const inputShape = spec.inputShape ?? (await openTrain(spec, reader, 'images')).shape.slice(1);
  return { inputShape: [...inputShape], classes: spec.classes ?? (await largestLabel(spec, reader)) + 1 };
}

async function largestLabel(spec: IdxSpec, reader: SourceReader): Promise<number> {
  let largest = 0;
  for await (const labels of (await openTrain(spec, reader, 'labels')).blocks(LABELS_AT_ONCE)) {
    for (const label of labels) if (label > largest) largest = label;
  }
  return largest;
}
const LABELS_AT_ONCE = 65_536;

async function openTrain(spec: IdxSpec, reader: SourceReader, role: 'images' | 'labels') {
  const file = idxFile(spec, 'train', role);
  return openIdx(reader.read(file), file.name);
}

function idxFile(spec: IdxSpec, split: Split, role: 'images' | 'labels') {
  const file = spec.files.find((candidate) => candidate.split === split && candidate.role === role);
  if (file === undefined) throw new ConfigError(`dataset ${spec.name} has no ${split} ${role}`);
  return file;
}

/** @throws DatasetError when the files don't hold what the spec and the shape say; IntegrityError when one was changed */
export async function* idxRows(
  spec: IdxSpec,
  { inputShape, classes }: PictureShape,
  reader: SourceReader,
  split: Split,
  blockRows: number,
): AsyncGenerator<Shard> {
  const [images, labels] = [idxFile(spec, split, 'images'), idxFile(spec, split, 'labels')];
  yield* readIdxPair(
    {
      images: await openIdx(reader.read(images), images.name),
      labels: await openIdx(reader.read(labels), labels.name),
      inputShape,
      classes,
      what: `${spec.name} ${split}`,
    },
    blockRows,
  );
}

/**
 * The rows of a split: those of its own files, or of the training set's files those that are dealt to it.
 *
 * @param from gives the rows of a split's files, in their order
 */
export type Dealt = (split: Split, from: (split: Split) => AsyncGenerator<Shard>) => AsyncGenerator<Shard>;

/** @throws DatasetError when the labels' file isn't one */
export async function dealtRows(
  spec: IdxSpec,
  { classes }: PictureShape,
  reader: SourceReader,
): Promise<Dealt> {
  if (spec.split === undefined) return (split, from) => from(split);
  const split = new RowSplit(spec.split);
  const { name } = idxFile(spec, 'train', 'labels');
  let row = 0;
  for await (const labels of (await openTrain(spec, reader, 'labels')).blocks(LABELS_AT_ONCE)) {
    checkLabels(`${spec.name} train`, labels, classes, row);
    for (let i = 0; i < labels.length; i++) split.deal(name, row++, labels.subarray(i, i + 1));
  }
  return async function* (wanted, from) {
    let before = 0;
    for await (const { x, y, rows, columns } of from('train')) {
      const chosen = Uint32Array.from(
        Array.from({ length: rows }, (_, index) => index).filter(
          (index) => split.isTest(name, before + index) === (wanted === 'test'),
        ),
      );
      before += rows;
      if (chosen.length === 0) continue;
      const gather = (data: Shard['x'] | Shard['y'], width: number) =>
        gatherDense(new Array<Uint8Array>(chosen.length).fill(data as Uint8Array), chosen, width);
      yield { rows: chosen.length, columns, x: gather(x, columns), y: gather(y, 1) };
    }
  };
}

/** @throws DatasetError for a file or member that isn't as it should be; IntegrityError when one was changed */
export async function* cifarRows(
  spec: CifarSpec,
  reader: SourceReader,
  split: Split,
  blockRows: number,
): AsyncGenerator<Shard> {
  const { classes, pictures } = spec;
  const pixels = pictures.height * pictures.width;
  for (const file of spec.files) {
    const missing = new Set(file.members.filter((member) => member.split === split).map(({ name }) => name));
    for await (const { name, body } of tarFiles(reader.read(file), file.name)) {
      if (!missing.delete(name)) continue;
      const what = `${file.name} ${name}`;
      const known = file.members.find((member) => member.name === name)!;
      yield* readCifar(checked(body, known, what), { pixels, classes }, blockRows, what);
    }
    if (missing.size > 0) throw new DatasetError(`${file.name}: no file ${[...missing].join(', ')} in it`);
  }
}
