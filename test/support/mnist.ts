/** The real MNIST files, read from the package that the local mirror serves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MnistFiles } from '../../core/ingest/load-mnist.ts';
import { mnistFolder } from '../../scripts/cloud/mnist-mirror.ts';

const read = (name: string): Uint8Array => readFileSync(join(mnistFolder(), name));

export function mnistFiles(): MnistFiles {
  return {
    trainImages: read('train-images-idx3-ubyte'),
    trainLabels: read('train-labels-idx1-ubyte'),
    testImages: read('t10k-images-idx3-ubyte'),
    testLabels: read('t10k-labels-idx1-ubyte'),
  };
}
