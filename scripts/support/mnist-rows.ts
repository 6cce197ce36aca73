/** The real MNIST in memory as the functions train on it, without S3: for measuring and checking the core alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MnistFiles, type MnistRows, mnistRows } from '../../core/ingest/load-mnist.ts';

/** @param folder of the raw IDX files */
export function readMnistFiles(folder: string): MnistFiles {
  const read = (name: string) => readFileSync(join(folder, name));
  return {
    trainImages: read('train-images-idx3-ubyte'),
    trainLabels: read('train-labels-idx1-ubyte'),
    testImages: read('t10k-images-idx3-ubyte'),
    testLabels: read('t10k-labels-idx1-ubyte'),
  };
}

export const readMnistRows = (folder: string): MnistRows => mnistRows(readMnistFiles(folder));
