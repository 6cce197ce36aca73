/** Images and labels from two IDX files, a block of rows at a time. */
import { DatasetError } from '../errors.ts';
import type { IdxStream } from './idx-stream.ts';
import type { Shard } from './shard.ts';

export interface IdxPair {
  images: IdxStream;
  labels: IdxStream;
  /** Of one sample; without it, what the images' file says. */
  inputShape?: readonly number[] | undefined;
  /** Without it any label will do, which is a byte. */
  classes?: number | undefined;
  /** Names the files in errors. */
  what: string;
}

/** Labels are bytes. */
const MAX_CLASSES = 256;

/**
 * @param blockRows rows of each block but the last
 * @throws DatasetError when the files don't go together, are not of the shape, have no rows, or a label is no class
 */
export async function* readIdxPair(
  { images, labels, inputShape, classes = MAX_CLASSES, what }: IdxPair,
  blockRows: number,
): AsyncGenerator<Shard & { x: Uint8Array; y: Uint8Array }> {
  const [rows, ...sample] = images.shape;
  const expected = [labels.shape[0], ...(inputShape ?? sample)].join('×');
  if (labels.shape.length !== 1 || images.shape.join('×') !== expected || sample.length === 0) {
    throw new DatasetError(
      `${what}: images are ${images.shape.join('×')}, labels ${labels.shape.join('×')}, ` +
        `expected ${inputShape === undefined ? 'a shape behind the number of images' : expected} and as many labels`,
    );
  }
  if (rows === 0) throw new DatasetError(`${what}: no images`);
  const columns = sample.reduce((product, size) => product * size, 1);
  const labelBlocks = labels.blocks(blockRows);
  let before = 0;
  for await (const x of images.blocks(blockRows)) {
    const { value: y } = (await labelBlocks.next()) as { value: Uint8Array };
    const wrong = y.findIndex((label) => label >= classes);
    if (wrong >= 0) {
      throw new DatasetError(
        `${what} label ${before + wrong}: got ${y[wrong]}, expected a class below ${classes}`,
      );
    }
    yield { rows: y.length, columns, x, y };
    before += y.length;
  }
  // Whatever follows the last label shows only here.
  await labelBlocks.next();
}
