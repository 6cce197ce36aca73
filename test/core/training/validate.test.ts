import { describe, expect, it } from 'vitest';
import { datasetSpec } from '../../../core/data/catalogue.ts';
import { ConfigError } from '../../../core/errors.ts';
import {
  DEFAULT_CONFIG,
  stepsPerEpoch,
  type TrainingConfig,
  totalSteps,
} from '../../../core/training/config.ts';
import { validateAgainstDataset } from '../../../core/training/validate.ts';

const mnist = { inputSize: 784, classes: 10, trainSize: 60_000 };

describe('validateAgainstDataset', () => {
  it('takes the default job on MNIST', () => {
    expect(() => validateAgainstDataset(DEFAULT_CONFIG, mnist)).not.toThrow();
  });

  it.each<[Partial<TrainingConfig>, RegExp]>([
    [{ layers: [783, 10] }, /layers\[0\]: got 783, expected 784/],
    [{ layers: [784, 50, 11] }, /layers\[2\]: got 11, expected 10/],
    [{ batchSize: 60_001, sampling: 'shuffle' }, /batchSize: got 60001, expected at most 60000/],
    [
      { epochs: 100_000, batchSize: 1 },
      /epochs: got 100000, which are 6000000000 steps, expected at most 99999999/,
    ],
  ])('refuses %j', (change, message) => {
    const validate = () => validateAgainstDataset({ ...DEFAULT_CONFIG, ...change }, mnist);
    expect(validate).toThrow(ConfigError);
    expect(validate).toThrow(message);
  });
});

describe('datasetSpec', () => {
  it('names what there is', () => {
    expect(() => datasetSpec('cifar')).toThrow(/dataset: got "cifar", expected one of mnist/);
  });
});

describe('steps', () => {
  it("of the deck's job", () => {
    expect(stepsPerEpoch(100, 60_000)).toBe(600);
    expect(totalSteps(DEFAULT_CONFIG, 60_000)).toBe(10_000);
  });

  it('of epochs, also broken ones and batches larger than the set', () => {
    expect(totalSteps({ ...DEFAULT_CONFIG, epochs: 2.5 }, 60_000)).toBe(1500);
    expect(stepsPerEpoch(100, 60)).toBe(1);
  });
});
