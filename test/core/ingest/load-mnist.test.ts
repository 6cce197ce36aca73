import { expect, it } from 'vitest';
import { DatasetError } from '../../../core/errors.ts';
import { loadMnist, type MnistFiles, type NumberArray } from '../../../core/ingest/load-mnist.ts';
import { mnistFiles } from '../../support/mnist.ts';

const files = mnistFiles();
/** First label of the training set. */
const FIRST = 5;

it('gives normalized, flat images and class labels by default', () => {
  const [[xTrain, tTrain], [xTest, tTest]] = loadMnist(files);
  expect([xTrain, tTrain, xTest, tTest].map(({ shape }) => shape)).toEqual([
    [60_000, 784],
    [60_000],
    [10_000, 784],
    [10_000],
  ]);
  expect([...tTrain.data.subarray(0, 5)]).toEqual([FIRST, 0, 4, 1, 9]);
  expect([...tTest.data.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
  expect(xTrain.data).toBeInstanceOf(Float32Array);
  const bytes = files.trainImages.subarray(16);
  const wrong = xTrain.data.findIndex((value, i) => value !== Math.fround(bytes[i]! / 255));
  expect(wrong).toBe(-1);
  expect(xTrain.data.subarray(0, 784)).toContain(1);
  // How many of each digit there are in the training set.
  const counts = new Array(10).fill(0);
  for (const label of tTrain.data) counts[label]++;
  expect(counts).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
});

it('normalize: false keeps the bytes', () => {
  const [, [x]] = loadMnist(files, { normalize: false });
  expect(x.data).toBeInstanceOf(Uint8Array);
  expect(Buffer.compare(x.data as Uint8Array, files.testImages.subarray(16))).toBe(0);
});

it('flatten: false gives the same values as [1, 28, 28]', () => {
  const options = { normalize: false, flatten: false };
  const [[xTrain], [xTest]] = loadMnist(files, options);
  expect(xTrain.shape).toEqual([60_000, 1, 28, 28]);
  expect(xTest.shape).toEqual([10_000, 1, 28, 28]);
  const [, [flat]] = loadMnist(files, { normalize: false });
  expect(Buffer.compare(xTest.data as Uint8Array, flat.data as Uint8Array)).toBe(0);
});

it('oneHotLabel: true gives rows with a 1 at the class', () => {
  const [[, oneHot]] = loadMnist(files, { normalize: false, oneHotLabel: true });
  const [[, labels]] = loadMnist(files, { normalize: false });
  expect(oneHot.shape).toEqual([60_000, 10]);
  expect([...oneHot.data.subarray(0, 10)]).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  const isOneHot = (t: NumberArray, n: number) =>
    Array.from({ length: 10 }, (_, k) => t.data[n * 10 + k]).every(
      (value, k) => value === (k === labels.data[n] ? 1 : 0),
    );
  expect(Array.from(labels.data.keys()).every((n) => isOneHot(oneHot, n))).toBe(true);
});

const changed = (bytes: Uint8Array, at: number, values: number[]) => {
  const copy = Uint8Array.from(bytes);
  copy.set(values, at);
  return copy;
};
it.each<[string, Partial<MnistFiles>, RegExp]>([
  [
    'a cut file',
    { testImages: files.testImages.subarray(0, -1) },
    /^t10k-images-idx3-ubyte: got 7840015 bytes, expected 7840016$/,
  ],
  ['test labels for training labels', { trainLabels: files.testLabels }, /^train-labels.*got 10008 bytes/],
  [
    'images of 14×56',
    { testImages: changed(files.testImages, 8, [0, 0, 0, 14, 0, 0, 0, 56]) },
    /^t10k-images.*got samples of shape \[14, 56\], expected \[28, 28\]$/,
  ],
  [
    'another number of images than the file has',
    { testImages: changed(files.testImages, 4, [0, 0, 0x27, 0x11]) },
    /^t10k-images.*7840000 elements for the shape \[10001, 28, 28\]/,
  ],
  [
    'a file that is no IDX',
    { testLabels: changed(files.testLabels, 0, [1]) },
    /^t10k-labels.*two zero bytes/,
  ],
  [
    'a label that is no digit',
    { testLabels: changed(files.testLabels, 8 + 3, [10]) },
    /^test label 3: got 10, expected a class below 10$/,
  ],
])('refuses %s', (_, part, message) => {
  const load = () => loadMnist({ ...files, ...part }, { normalize: false });
  expect(load).toThrow(DatasetError);
  expect(load).toThrow(message);
});
