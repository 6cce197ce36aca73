/** The real MNIST files, read from the package that the local mirror serves. */
import { parseIdx } from '../../core/ingest/idx.ts';
import type { MnistFiles } from '../../core/ingest/load-mnist.ts';
import { mnistFolder } from '../../scripts/cloud/mnist-mirror.ts';
import { readMnistFiles } from '../../scripts/support/mnist-rows.ts';

export const mnistFiles = (): MnistFiles => readMnistFiles(mnistFolder());

/** Of each split, where a test is not about all of MNIST. */
export const FIRST_ROWS = { train: 6000, test: 1000 };

/** An IDX file of the first rows of another. */
export function firstRows(file: Buffer, rows: number): Buffer {
  const { data, shape } = parseIdx(file);
  const bytes = (rows * data.length) / shape[0]!;
  const first = Buffer.from(file.subarray(0, file.length - data.length + bytes));
  first.writeUInt32BE(rows, 4);
  return first;
}
