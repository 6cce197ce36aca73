/**
 * CIFAR's binary version (cs.toronto.edu/~kriz/cifar.html): records of a label's byte and the picture's, plane after
 * plane (red, green, blue), each row-major; nothing before, between or behind them.
 */

import { type ByteChunks, ByteStream } from '../bytes/byte-stream.ts';
import { DatasetError } from '../errors.ts';
import { checkLabels, type Shard } from './shard.ts';

/** Red, green and blue. */
const PLANES = 3;

/**
 * Rows have the channels of each pixel together, as those of all pictures here.
 *
 * @param pixels of a picture
 * @param blockRows rows of each block but the last
 * @param what names the file in errors
 * @throws DatasetError for a label that is no class, a last record that is cut off, and for no records
 */
export async function* readCifar(
  chunks: ByteChunks,
  { pixels, classes }: { pixels: number; classes: number },
  blockRows: number,
  what: string,
): AsyncGenerator<Shard & { x: Uint8Array }> {
  const stream = new ByteStream(chunks);
  const columns = PLANES * pixels;
  const recordBytes = 1 + columns;
  const records = new Uint8Array(blockRows * recordBytes);
  let before = 0;
  try {
    for (;;) {
      const length = await stream.fill(records);
      if (length % recordBytes !== 0) {
        throw new DatasetError(
          `${what}: ${stream.offset} bytes, expected a multiple of ${recordBytes}, a record's`,
        );
      }
      const rows = length / recordBytes;
      if (rows === 0) break;
      const x = new Uint8Array(rows * columns);
      const y = new Uint8Array(rows);
      for (let row = 0; row < rows; row++) {
        const start = row * recordBytes;
        y[row] = records[start]!;
        interleave(records.subarray(start + 1, start + recordBytes), x.subarray(row * columns));
      }
      checkLabels(what, y, classes, before);
      yield { rows, columns, x, y };
      before += rows;
    }
  } finally {
    await stream.close();
  }
  if (before === 0) throw new DatasetError(`${what}: no records`);
}

/** Plane after plane becomes pixel after pixel. */
function interleave(planes: Uint8Array, row: Uint8Array): void {
  const pixels = planes.length / PLANES;
  for (let plane = 0, at = 0; plane < PLANES; plane++) {
    for (let pixel = 0; pixel < pixels; pixel++) row[pixel * PLANES + plane] = planes[at++]!;
  }
}
