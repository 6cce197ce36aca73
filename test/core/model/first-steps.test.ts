/** The default job's first ten steps beside NumPy's; how the numbers were made stands in first_steps.py. */
import { expect, it } from 'vitest';
import { loadMnist } from '../../../core/ingest/load-mnist.ts';
import { sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import { Matrix } from '../../../core/textbook/matrix.ts';
import { TwoLayerNet } from '../../../core/textbook/two-layer-net.ts';
import { BatchSampler } from '../../../core/training/batch-sampler.ts';
import { DEFAULT_CONFIG } from '../../../core/training/config.ts';
import { Trainer } from '../../../core/training/trainer.ts';
import expected from '../../fixtures/numpy/first-steps.json' with { type: 'json' };
import { firstStepsInputs, STEPS, sha256 } from '../../fixtures/numpy/first-steps-inputs.ts';
import { mnistFiles } from '../../support/mnist.ts';

const [[xTrain, tTrain]] = loadMnist(mnistFiles(), { normalize: false });
const { batchSize, learningRate, sampling, seed } = DEFAULT_CONFIG;
const sampler = new BatchSampler(sampling, tTrain.data.length, seed);
const batchOf = (step: number): Uint32Array => {
  const batch = new Uint32Array(batchSize);
  sampler.fill(batch, step);
  return batch;
};

interface Description {
  norm: number;
  absoluteSum: number;
  largest: number[][];
}

function expectGradient(gradient: ArrayLike<number>, { norm, absoluteSum, largest }: Description): void {
  const values = Array.from(gradient);
  expectWithin(Math.sqrt(values.reduce((sum, g) => sum + g * g, 0)), norm);
  expectWithin(
    values.reduce((sum, g) => sum + Math.abs(g), 0),
    absoluteSum,
  );
  for (const [index, value] of largest as [number, number][]) expectWithin(values[index]!, value);
}

function expectWithin(actual: number, value: number): void {
  expect(Math.abs(actual - value)).toBeLessThanOrEqual(1e-5 * Math.abs(value));
}

it('NumPy had the batches and initial weights that the job has now; else make first-steps.json again', () => {
  const { batches, weights } = firstStepsInputs();
  expect({ batches: sha256(batches), weights: sha256(weights) }).toEqual(expected.inputsSha256);
  expect(expected.steps).toHaveLength(STEPS);
});

it('ten losses and gradients of the training run, in float32, are within 1e-5 of NumPy', () => {
  const labels = tTrain.data as Uint8Array;
  const train = { x: sparseFromPixels([xTrain.data], 784), labels };
  const trainer = new Trainer({ ...DEFAULT_CONFIG }, train);
  expected.steps.forEach((step, index) => {
    const { gradients } = trainer.network.gradient(train, batchOf(index));
    expectGradient(gradients[0]!.weights, step.gradients.W1);
    expectGradient(gradients[0]!.bias, step.gradients.b1);
    expectGradient(gradients[1]!.weights, step.gradients.W2);
    expectGradient(gradients[1]!.bias, step.gradients.b2);
    trainer.advance(index + 1);
    expectWithin(trainer.loss!, step.loss);
  });
});

it('ten losses and gradients of TwoLayerNet, in float64, are within 1e-5 of NumPy', () => {
  const net = new TwoLayerNet(784, 50, 10, { seed });
  expected.steps.forEach((step, index) => {
    const batch = batchOf(index);
    const x = Matrix.batch(xTrain, batch).map((pixel) => pixel / 255);
    const t = Array.from(batch, (row) => tTrain.data[row]!);
    expectWithin(net.loss(x, t), step.loss);
    const { W1, b1, W2, b2 } = net.gradient(x, t);
    expectGradient(W1.data, step.gradients.W1);
    expectGradient(b1, step.gradients.b1);
    expectGradient(W2.data, step.gradients.W2);
    expectGradient(b2, step.gradients.b2);
    net.update({ W1, b1, W2, b2 }, learningRate);
  });
});
