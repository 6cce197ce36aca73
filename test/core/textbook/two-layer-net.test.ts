import { expect, it } from 'vitest';
import { fillIntegers } from '../../../core/random/streams.ts';
import { Matrix } from '../../../core/textbook/matrix.ts';
import { MultiLayerNet } from '../../../core/textbook/multi-layer-net.ts';
import { TwoLayerNet, type TwoLayerParameters } from '../../../core/textbook/two-layer-net.ts';

const values = ({ W1, b1, W2, b2 }: TwoLayerParameters) => [W1.data, b1, W2.data, b2];
const noise = new Uint32Array(6 * 12);
fillIntegers(noise, 500, 1, 210, 0);
const x = new Matrix(6, 12, Float64Array.from(noise)).map((value) => value / 500);
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

it.each([0.01, 1])('passes its gradient check within 1e-6 relative (weights of std %f)', (weightInitStd) => {
  const net = new TwoLayerNet(12, 8, 3, { weightInitStd, seed: 7 });
  const analytic = net.gradient(x, labels);
  const numerical = net.numericalGradient(x, labels);
  values(analytic).forEach((a, index) => {
    const n = values(numerical)[index]!;
    expect(Math.hypot(...a)).toBeGreaterThan(1e-5);
    expect(Math.hypot(...a.map((value, i) => value - n[i]!))).toBeLessThan(1e-6 * Math.hypot(...a));
  });
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
  expect(two.accuracy(x, labels)).toBe(many.accuracy(x, labels));
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
