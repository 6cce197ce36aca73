import { expect, it } from 'vitest';
import { fillIntegers } from '../../../core/random/streams.ts';
import { Matrix } from '../../../core/textbook/matrix.ts';
import { SimpleConvNet, type SimpleConvParameters } from '../../../core/textbook/simple-conv-net.ts';

const values = ({ W1, b1, W2, b2, W3, b3 }: SimpleConvParameters) => [W1.data, b1, W2.data, b2, W3.data, b3];

it("has the book's shapes: 30 filters of 5×5 on MNIST", () => {
  const net = new SimpleConvNet([1, 28, 28], { count: 30, height: 5, width: 5 }, 100, 10);
  const { W1, b1, W2, b2, W3, b3 } = net.params;
  expect([W1.rows, W1.columns, b1.length]).toEqual([25, 30, 30]);
  expect([W2.rows, W2.columns, b2.length]).toEqual([30 * 12 * 12, 100, 100]);
  expect([W3.rows, W3.columns, b3.length]).toEqual([100, 10, 10]);
  const y = net.predict(new Matrix(2, 784));
  expect([y.rows, y.columns]).toEqual([2, 10]);
  // An untrained network knows nothing: as sure of each class.
  expect(net.loss(new Matrix(2, 784), [3, 7])).toBeCloseTo(Math.log(10), 10);
});

const noise = new Uint32Array(4 * 2 * 6 * 7);
fillIntegers(noise, 500, 1, 210, 0);
const x = new Matrix(4, 2 * 6 * 7, Float64Array.from(noise)).map((value) => value / 500 - 0.5);
const labels = [0, 0, 2, 1];

it.each([
  { height: 3, width: 3, pad: 1 },
  { height: 3, width: 2, stride: 1 },
])('passes its gradient check within 1e-6 relative (%j)', (window) => {
  const net = new SimpleConvNet([2, 6, 7], { count: 3, ...window }, 5, 3, { weightInitStd: 0.5, seed: 7 });
  const analytic = values(net.gradient(x, labels));
  values(net.numericalGradient(x, labels)).forEach((numerical, index) => {
    const a = analytic[index]!;
    expect(Math.hypot(...a)).toBeGreaterThan(1e-5);
    expect(Math.hypot(...a.map((value, i) => value - numerical[i]!))).toBeLessThan(1e-6 * Math.hypot(...a));
  });
});

it('learns what no single pixel says: bars that lie from bars that stand, wherever they are', () => {
  const bars = Array.from({ length: 12 }, (_, n) =>
    Float64Array.from({ length: 36 }, (_, i) => {
      const [row, column] = [Math.floor(i / 6), i % 6];
      return (n < 6 ? row : column) === n % 6 ? 1 : 0;
    }),
  );
  const pictures = Matrix.of(bars);
  const t = bars.map((_, n) => (n < 6 ? 0 : 1));
  const net = new SimpleConvNet([1, 6, 6], { count: 4, height: 3, width: 3, pad: 1 }, 6, 2, {
    ...{ weightInitStd: 0.3, seed: 3 },
  });
  const before = net.loss(pictures, t);
  for (let step = 0; step < 200; step++) net.update(net.gradient(pictures, t), 0.3);
  expect(net.loss(pictures, t)).toBeLessThan(before / 10);
  expect(net.accuracy(pictures, t)).toBe(1);
});
