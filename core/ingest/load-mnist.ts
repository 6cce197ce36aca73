/** MNIST as samples to train on, and as plain arrays with the options of the textbook's loader. */
import { DatasetError } from '../errors.ts';
import type { LabelledRows } from '../rows/training-rows.ts';
import { MNIST } from './catalogue/mnist.ts';
import type { Split } from './catalogue/spec.ts';
import { datasetFromShards } from './dataset.ts';
import { parseIdx } from './idx.ts';
import { checkLabels } from './shard.ts';

const [HEIGHT, WIDTH] = MNIST.inputShape as [number, number];
const INPUTS = HEIGHT * WIDTH;

/** The four files, uncompressed. */
export interface MnistFiles {
  trainImages: Uint8Array;
  trainLabels: Uint8Array;
  testImages: Uint8Array;
  testLabels: Uint8Array;
}

/** 60,000 samples to train on and 10,000 to test with, of 784 inputs. */
export interface MnistRows {
  train: LabelledRows;
  test: LabelledRows;
}

/**
 * MNIST as a network takes it; the pixels stay bytes, of which each stands for byte / 255.
 *
 * @throws DatasetError when a file hasn't the size, shape or labels of MNIST's
 */
export function mnistRows(files: MnistFiles): MnistRows {
  const rowsOf = (split: Split) => {
    const { pixels, labels } = readSplit(split, files);
    return datasetFromShards([{ rows: labels.length, columns: INPUTS, x: pixels, y: labels }]);
  };
  return { train: rowsOf('train'), test: rowsOf('test') };
}

export interface MnistOptions {
  /** Pixels as float32 from 0 to 1 instead of bytes from 0 to 255; default true. */
  normalize?: boolean;
  /** Images as rows of 784 instead of [1, 28, 28]; default true. */
  flatten?: boolean;
  /** Labels as rows of ten, 1 at the class and 0 elsewhere, instead of class numbers; default false. */
  oneHotLabel?: boolean;
}

/** An array with a shape, row-major. */
export interface NumberArray {
  shape: readonly number[];
  data: Float32Array | Uint8Array;
}

/** Images x, [n, 784] or [n, 1, 28, 28], and targets t, [n] or [n, 10]. */
export type MnistSplit = readonly [x: NumberArray, t: NumberArray];

/**
 * The training set of 60,000 and the test set of 10,000 images: ((x_train, t_train), (x_test, t_test)).
 * Bytes that stay bytes (pixels not normalized, class labels) are views into the files.
 *
 * @throws DatasetError when a file hasn't the size, shape or labels of MNIST's
 */
export function loadMnist(
  files: MnistFiles,
  options: MnistOptions = {},
): readonly [train: MnistSplit, test: MnistSplit] {
  return [loadSplit('train', files, options), loadSplit('test', files, options)];
}

function loadSplit(
  split: Split,
  files: MnistFiles,
  { normalize = true, flatten = true, oneHotLabel = false }: MnistOptions,
): MnistSplit {
  const { pixels, labels } = readSplit(split, files);
  const rows = labels.length;
  const x = {
    shape: flatten ? [rows, INPUTS] : [rows, 1, HEIGHT, WIDTH],
    data: normalize ? normalized(pixels) : pixels,
  };
  const t = oneHotLabel
    ? { shape: [rows, MNIST.classes], data: oneHot(labels) }
    : { shape: [rows], data: labels };
  return [x, t];
}

/** A split's bytes, checked: pixels [rows, 784] and a class per row. */
function readSplit(split: Split, files: MnistFiles) {
  const labels = readFile(split, 'labels', files[`${split}Labels`], []);
  checkLabels(split, labels, MNIST.classes);
  return { pixels: readFile(split, 'images', files[`${split}Images`], [HEIGHT, WIDTH]), labels };
}

/** A file's elements, after checking that it is [n, ...sampleShape] and of the catalogue's size, which fixes n. */
function readFile(
  split: Split,
  role: 'images' | 'labels',
  bytes: Uint8Array,
  sampleShape: readonly number[],
): Uint8Array {
  const file = MNIST.files.find((candidate) => candidate.split === split && candidate.role === role)!;
  if (bytes.length !== file.bytes) {
    throw new DatasetError(`${file.name}: got ${bytes.length} bytes, expected ${file.bytes}`);
  }
  const { shape, data } = parseIdx(bytes, file.name);
  if (shape.slice(1).join() !== sampleShape.join()) {
    throw new DatasetError(
      `${file.name}: got samples of shape [${shape.slice(1).join(', ')}], expected [${sampleShape.join(', ')}]`,
    );
  }
  return data;
}

/** pixel / 255, rounded once to float32. */
function normalized(pixels: Uint8Array): Float32Array {
  const values = new Float32Array(pixels.length);
  // A loop: Float32Array.from takes seconds for 47 million pixels.
  for (let i = 0; i < pixels.length; i++) values[i] = pixels[i]! / 255;
  return values;
}

function oneHot(labels: Uint8Array): Uint8Array {
  const rows = new Uint8Array(labels.length * MNIST.classes);
  labels.forEach((label, n) => {
    rows[n * MNIST.classes + label] = 1;
  });
  return rows;
}
