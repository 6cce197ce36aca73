/** The real MNIST in memory as the functions train on it, without S3: for measuring and checking the core alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { datasetFromShards, type LabelledRows, parseIdx } from '../../core/index.ts';

export interface MnistRows {
  /** 60,000 samples of 784 inputs. */
  train: LabelledRows;
  /** 10,000. */
  test: LabelledRows;
}

/** @param folder of the raw IDX files */
export function readMnistRows(folder: string): MnistRows {
  return { train: readSplit(folder, 'train'), test: readSplit(folder, 't10k') };
}

function readSplit(folder: string, prefix: string): LabelledRows {
  const read = (file: string) => parseIdx(readFileSync(join(folder, file)), file);
  const { shape, data } = read(`${prefix}-images-idx3-ubyte`);
  const [rows = 0, height = 0, width = 0] = shape;
  const y = read(`${prefix}-labels-idx1-ubyte`).data;
  return datasetFromShards([{ rows, columns: height * width, x: data, y }]);
}
