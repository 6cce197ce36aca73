/** IDX files as they come, a block of rows at a time, and images with labels from two; for the format see idx.ts. */

import { type ByteChunks, ByteStream } from '../bytes/byte-stream.ts';
import { DatasetError } from '../errors.ts';
import { MAX_IDX_DIMENSIONS, parseIdxHeader } from './idx.ts';
import { checkLabels, type Shard } from './shard.ts';

/** A header that claims more is damaged, and must not have memory set aside for it. */
const MAX_ROW_ELEMENTS = 1_000_000;

export interface IdxStream {
  shape: readonly number[];
  /** Elements of the next rows, a row being what one step along the first dimension is; the last block has fewer. */
  blocks(rows: number): AsyncGenerator<Uint8Array>;
}

/** @param what names the file in errors @throws DatasetError as `parseIdx` does; for the size, when it shows */
export async function openIdx(chunks: ByteChunks, what = 'IDX file'): Promise<IdxStream> {
  const stream = new ByteStream(chunks);
  const header = new Uint8Array(4 + 4 * MAX_IDX_DIMENSIONS);
  let length = await stream.fill(header.subarray(0, 4));
  const dimensions = Math.min(header[3]!, MAX_IDX_DIMENSIONS);
  if (length === 4) length += await stream.fill(header.subarray(4, 4 + 4 * dimensions));
  const { shape } = parseIdxHeader(header.subarray(0, length), what);
  const [size, ...sample] = shape as [number, ...number[]];
  const columns = sample.reduce((product, length) => product * length, 1);
  if (columns === 0 || columns > MAX_ROW_ELEMENTS) {
    throw new DatasetError(
      `${what}: the shape [${shape.join(', ')}] has ${columns} elements a row, expected 1 to ${MAX_ROW_ELEMENTS}`,
    );
  }
  return {
    shape,
    async *blocks(rows) {
      try {
        for (let start = 0; start < size; start += rows) {
          const block = new Uint8Array(Math.min(rows, size - start) * columns);
          const length = await stream.fill(block);
          if (length < block.length) fail(start * columns + length);
          yield block;
        }
        const rest = await stream.some(1);
        if (rest !== undefined) fail(`more than ${size * columns}`);
      } finally {
        await stream.close();
      }
    },
  };

  function fail(elements: number | string): never {
    throw new DatasetError(
      `${what}: ${elements} elements for the shape [${shape.join(', ')}], expected ${size * columns}`,
    );
  }
}

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
    checkLabels(what, y, classes, before);
    yield { rows: y.length, columns, x, y };
    before += y.length;
  }
  // Whatever follows the last label shows only here.
  await labelBlocks.next();
}
