import { expect, it } from 'vitest';
import { fillIntegers } from '../../../core/random/streams.ts';
import { Matrix } from '../../../core/textbook/matrix.ts';
import { MultiLayerNet } from '../../../core/textbook/multi-layer-net.ts';
import { TwoLayerNet, type TwoLayerParameters } from '../../../core/textbook/two-layer-net.ts';

/** Three classes, each of which raises its own third of 12 inputs above the noise. */
function problem(rows: number, seed: number): { x: Matrix; labels: number[] } {
  const noise = new Uint32Array(rows * 12);
  fillIntegers(noise, 500, seed, 210, 0);
  const labels = Array.from({ length: rows }, (_, n) => n % 3);
  const x = Matrix.of(
    labels.map((label, n) =>
      Array.from({ length: 12 }, (_, i) => noise[n * 12 + i]! / 1000 + (i % 3 === label ? 0.5 : 0)),
    ),
  );
  return { x, labels };
}

const NAMES = ['W1', 'b1', 'W2', 'b2'] as const;
const values = (p: TwoLayerParameters, name: (typeof NAMES)[number]): Float64Array => {
  const parameter = p[name];
  return parameter instanceof Matrix ? parameter.data : parameter;
};

const { x } = problem(6, 1);
// Uneven on purpose: with as many of each class the gradient of b1 is almost nothing but rounding.
const labels = [0, 0, 1, 0, 2, 0];

it("has the textbook's shapes: 784-100-10 with 100 rows", () => {
  const { params } = new TwoLayerNet(784, 100, 10);
  const shapes = [params.W1.rows, params.W1.columns, params.b1.length, params.W2.rows, params.W2.columns];
  expect([...shapes, params.b2.length]).toEqual([784, 100, 100, 100, 10, 10]);
  const y = new TwoLayerNet(784, 100, 10).predict(new Matrix(100, 784));
  expect([y.rows, y.columns]).toEqual([100, 10]);
  expect(y.row(99).reduce((a, b) => a + b)).toBeCloseTo(1, 14);
});

it('starts with weights of standard deviation weightInitStd and biases 0, other ones for another seed', () => {
  const { W1, b1 } = new TwoLayerNet(100, 100, 10, { weightInitStd: 0.5, seed: 3 }).params;
  const mean = W1.data.reduce((a, b) => a + b) / 10_000;
  const variance = W1.data.reduce((sum, w) => sum + (w - mean) ** 2, 0) / 10_000;
  expect(mean).toBeCloseTo(0, 1);
  expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1);
  expect(b1).toEqual(new Float64Array(100));
  expect(new TwoLayerNet(100, 100, 10, { weightInitStd: 0.5, seed: 4 }).params.W1).not.toEqual(W1);
});

it.each([0.01, 1])('passes its gradient check within 1e-6 relative (weights of std %f)', (weightInitStd) => {
  const net = new TwoLayerNet(12, 8, 3, { weightInitStd, seed: 7 });
  const analytic = net.gradient(x, labels);
  const numerical = net.numericalGradient(x, labels);
  for (const name of NAMES) {
    const a = values(analytic, name);
    const n = values(numerical, name);
    expect(Math.hypot(...a)).toBeGreaterThan(1e-5);
    expect(Math.hypot(...a.map((value, i) => value - n[i]!))).toBeLessThan(1e-6 * Math.hypot(...a));
  }
});

it('is the MultiLayerNet of two layers', () => {
  const two = new TwoLayerNet(12, 8, 3, { weightInitStd: 1, seed: 2 });
  const many = MultiLayerNet.initial(
    { layers: [12, 8, 3], activation: 'sigmoid', output: 'softmax', loss: 'crossEntropy' },
    { kind: 'normal', std: 1 },
    2,
  );
  expect(two.predict(x)).toEqual(many.predict(x));
  expect(two.loss(x, labels)).toBe(many.loss(x, labels));
  const { W1, b1, W2, b2 } = two.gradient(x, labels);
  expect(many.gradient(x, labels)).toEqual([
    { W: W1, b: b1 },
    { W: W2, b: b2 },
  ]);
});

it('takes labels or one-hot rows', () => {
  const net = new TwoLayerNet(12, 8, 3);
  const oneHot = Matrix.of(labels.map((label) => [0, 1, 2].map((k) => (k === label ? 1 : 0))));
  expect(net.loss(x, oneHot)).toBe(net.loss(x, labels));
  expect(net.gradient(x, oneHot)).toEqual(net.gradient(x, labels));
  expect(net.accuracy(x, oneHot)).toBe(net.accuracy(x, labels));
});

it('learns by its gradient', () => {
  const train = problem(90, 1);
  const test = problem(60, 2);
  const net = new TwoLayerNet(12, 8, 3, { weightInitStd: 0.3 });
  expect(net.accuracy(train.x, train.labels)).toBeLessThan(0.8);
  for (let step = 0; step < 600; step++) net.update(net.gradient(train.x, train.labels), 0.5);
  expect(net.accuracy(train.x, train.labels)).toBe(1);
  expect(net.accuracy(test.x, test.labels)).toBeGreaterThan(0.95);
  expect(net.loss(train.x, train.labels)).toBeLessThan(0.1);
});
