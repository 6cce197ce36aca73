import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import type { DatasetShape } from '../../../core/rows/training-rows.ts';
import { DEFAULT_JOB, type JobConfig } from '../../../functions/schemas/config.ts';
import { validateAgainstDataset } from '../../../functions/schemas/validate-against-dataset.ts';

const mnist = { inputSize: 784, classes: 10, trainSize: 60_000 };

describe('validateAgainstDataset', () => {
  it('takes the default job on MNIST', () => {
    expect(() => validateAgainstDataset(DEFAULT_JOB, mnist)).not.toThrow();
  });

  it.each<[Partial<JobConfig>, RegExp]>([
    [{ layers: [783, 10] }, /layers\[0\]: got 783, expected 784/],
    [{ layers: [784, 50, 11] }, /layers\[2\]: got 11, expected 10/],
    [
      { layers: [784, 65_536, 65_536, 10] },
      /layers: got 784-65536-65536-10, which take \d+ bytes with optimizer sgd and batches of 100, expected at most 4294901760 bytes, which the kernels reach/,
    ],
    // A block of rows is held at a time, and a gradient besides where a batch has several.
    [{ layers: [784, 60_000, 18_000, 10], batchSize: 257 }, /layers: got .* batches of 257/],
    [{ batchSize: 60_001, sampling: 'shuffle' }, /batchSize: got 60001, expected at most 60000/],
    [{ epochs: 100_000, batchSize: 1 }, /got 100000, which are 6000000000 steps, expected at most 99999999/],
  ])('refuses %j', (change, message) => {
    const validate = () => validateAgainstDataset({ ...DEFAULT_JOB, ...change }, mnist);
    expect(validate).toThrow(ConfigError);
    expect(validate).toThrow(message);
  });
});

describe('validateAgainstDataset of networks of pictures', () => {
  const small = { inputSize: 60, picture: [5, 4, 3], classes: 7 } as const;
  const CONV = { conv: 6, kernel: 2 } as const;

  it.each<[JobConfig['layers'], DatasetShape]>([
    [[[5, 4, 3], CONV, { maxPool: 2 }, 7], small],
    [[60, { dropout: 0.5 }, 7], small],
    [[[5, 4, 3], 20, 7], small],
    // Only the files tell.
    [[0, CONV, 7], { inputSize: 0, classes: 7 }],
    [[[5, 4, 3], CONV, 7], { inputSize: 60, classes: 7 }],
  ])('takes %j', (layers, shape) => {
    expect(() => validateAgainstDataset({ ...DEFAULT_JOB, layers }, shape)).not.toThrow();
  });

  it.each<[JobConfig['layers'], Partial<DatasetShape>, string]>([
    [
      [60, CONV, 7],
      {},
      'layers[0]: got 60, expected [5,4,3], the pictures of dataset mnist: "layers": [[5,4,3],{"conv":6,"kernel":2},7], or "hidden": [{"conv":6,"kernel":2}],',
    ],
    [
      [[4, 5, 3], 20, 7],
      {},
      'layers[0]: got [4,5,3], expected [5,4,3], the pictures of dataset mnist: "layers": [[5,4,3],20,7]',
    ],
    [
      [[5, 4, 3], CONV, 9],
      {},
      'layers[2]: got 9, expected 7, the classes of dataset mnist: "layers": [[5,4,3],',
    ],
    [
      [[5, 4, 3], 8, CONV, 7],
      { picture: null },
      'layers[2]: got {"conv":6,"kernel":2}, expected dense layers, as the rows of dataset mnist are no pictures',
    ],
    [
      [60, 8, { averagePool: 2 }, 7],
      { picture: null },
      'layers[2]: got {"averagePool":2}, expected dense layers',
    ],
    [
      [[5, 4, 3], 8, 7],
      { picture: null },
      'layers[0]: got [5,4,3], expected 60, the inputs of dataset mnist: "layers": [60,8,7]',
    ],
    [
      [[5, 4, 3], { maxPool: 2 }, { conv: 6, kernel: 3 }, 7],
      {},
      'layers[2].kernel: got 3×3, expected at most 2×2, the picture that arrives there',
    ],
    [
      [[5, 4, 3], 8, CONV, 7],
      {},
      'layers[2]: got {"conv":6,"kernel":2} where 8 units arrive, expected a picture',
    ],
    [
      [[300, 300, 3], { conv: 65_536, kernel: 3 }, 7],
      { picture: [300, 300, 3] },
      'bytes, which the kernels reach',
    ],
  ])('refuses %j', (layers, shape, message) => {
    const validate = () =>
      validateAgainstDataset({ ...DEFAULT_JOB, layers }, { ...small, ...shape } as DatasetShape);
    expect(validate).toThrow(ConfigError);
    expect(validate).toThrow(message);
  });
});

describe('validateAgainstDataset of augmentation', () => {
  const validate = (layers: JobConfig['layers'], picture: DatasetShape['picture']) => () =>
    validateAgainstDataset(
      { ...DEFAULT_JOB, layers, augmentation: { flip: true } },
      { inputSize: 60, picture, classes: 7 },
    );

  it('takes pictures, and what files may prove to be some', () => {
    expect(validate([[5, 4, 3], 9, 7], [5, 4, 3])).not.toThrow();
    expect(validate([[5, 4, 3], 9, 7], undefined)).not.toThrow();
  });

  it('refuses rows that are no pictures, and layers that say no shape', () => {
    expect(validate([60, 9, 7], null)).toThrow(
      new ConfigError(
        'augmentation: got {"flip":true}, expected none, as the rows of dataset mnist are no pictures',
      ),
    );
    expect(validate([60, 9, 7], [5, 4, 3])).toThrow(
      'layers[0]: got 60, expected [5,4,3], the pictures of dataset mnist: "layers": [[5,4,3],9,7], or "hidden": [9]',
    );
    expect(validate([60, 9, 7], undefined)).toThrow(
      'layers[0]: got 60, expected [height, width, channels] with augmentation',
    );
  });
});

describe('validateAgainstDataset of data-parallel runs', () => {
  const validate = (change: Partial<JobConfig>, trainSize: number | undefined = 60_000) =>
    validateAgainstDataset({ ...DEFAULT_JOB, ...change }, { inputSize: 784, classes: 10, trainSize });

  it.each<Partial<JobConfig>>([
    { workers: 1 },
    { workers: 4, localIterations: 150, evaluateEvery: 1200 },
    { workers: 4, localIterations: 2500 },
    { workers: 1000, iterations: 1000 },
    { workers: 2, epochs: 0.01 },
    {
      workers: 3,
      sampling: 'shardShuffle',
      maxDollars: 1,
      earlyStopping: { patience: 3, minDelta: 0, restoreBest: true },
    },
  ])('takes %j', (change) => {
    expect(() => validate(change)).not.toThrow();
  });

  it.each<[Partial<JobConfig>, string]>([
    [{ localIterations: 5 }, 'localIterations: got 5, expected nothing without workers'],
    [{ workers: 2, chunkIterations: 600 }, 'chunkIterations: got 600, expected nothing with workers'],
    [{ workers: 500, iterations: 400 }, 'workers: got 500, expected at most 400, the steps of the run'],
    [
      { workers: 4, localIterations: 2501 },
      'localIterations: got 2501, expected at most 2500: a round of 4 workers is no longer than the 10000 steps of the run',
    ],
    [
      { workers: 4, localIterations: 150, evaluateEvery: 700 },
      'evaluateEvery: got 700, expected a multiple of 600, the steps of a round of 4 workers with 150 local iterations',
    ],
    [{ workers: 4, evaluateEvery: 700 }, 'evaluateEvery: got 700, expected a multiple of 600'],
    [{ workers: 601, epochs: 1 }, 'workers: got 601, expected at most 600'],
  ])('refuses %j', (change, message) => {
    expect(() => validate(change)).toThrow(ConfigError);
    expect(() => validate(change)).toThrow(message);
  });

  it('waits with what depends on the number of samples until that is known', () => {
    const shape = { inputSize: 784, classes: 10 };
    for (const change of [
      { workers: 4, evaluateEvery: 700 },
      { workers: 601, epochs: 1 },
    ]) {
      expect(() => validateAgainstDataset({ ...DEFAULT_JOB, ...change }, shape)).not.toThrow();
    }
  });
});

describe('validateAgainstDataset of real-valued targets', () => {
  const prices = { inputSize: 13, targets: 2, trainSize: 400 };
  const regression: JobConfig = {
    ...DEFAULT_JOB,
    dataset: 'prices',
    layers: [13, 20, 2],
    output: 'identity',
    loss: 'meanSquaredError',
  };

  it('takes a network with as many outputs, without softmax', () => {
    expect(() => validateAgainstDataset(regression, prices)).not.toThrow();
    // One-hot classes may be learnt so, too.
    expect(() => validateAgainstDataset(regression, { inputSize: 13, classes: 2 })).not.toThrow();
  });

  const REAL = ', as the targets of dataset prices are real numbers';
  const LOSS = `expected testLoss or loss${REAL}`;
  const byAccuracy = { monitor: 'testAccuracy', patience: 1, minDelta: 0, restoreBest: true } as const;
  it.each<[Partial<JobConfig>, string]>([
    [
      { layers: [13, 7, 3] },
      'layers[2]: got 3, expected 2, the targets of dataset prices: "layers": [13,7,2], or "hidden": [7], which takes the dataset\'s own sizes',
    ],
    [{ output: 'softmax' }, `output: got softmax, expected identity${REAL}`],
    [{ loss: 'crossEntropy' }, `loss: got crossEntropy, expected meanSquaredError${REAL}`],
    [{ earlyStopping: byAccuracy }, `earlyStopping.monitor: got testAccuracy, ${LOSS}`],
    [{ promotion: { metric: 'testAccuracy', tolerance: 0 } }, `promotion.metric: got testAccuracy, ${LOSS}`],
    [
      { batchSize: 401, sampling: 'shardShuffle' },
      'batchSize: got 401, expected at most 400, the samples of an epoch, when shuffling',
    ],
  ])('refuses %j', (change, message) => {
    const validate = () => validateAgainstDataset({ ...regression, ...change }, prices);
    expect(validate).toThrow(new ConfigError(message));
  });
});
