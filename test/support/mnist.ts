/** The real MNIST files, read from the package that the local mirror serves. */
import type { MnistFiles } from '../../core/ingest/load-mnist.ts';
import { mnistFolder } from '../../scripts/cloud/mnist-mirror.ts';
import { readMnistFiles } from '../../scripts/support/mnist-rows.ts';

export const mnistFiles = (): MnistFiles => readMnistFiles(mnistFolder());
