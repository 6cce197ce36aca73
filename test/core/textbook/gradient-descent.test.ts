import { expect, it } from 'vitest';
import { gradientDescent } from '../../../core/textbook/gradient-descent.ts';

const squares = (x: Float64Array) => x[0]! * x[0]! + x[1]! * x[1]!;

it('from (-3, 4) with rate 0.1 comes to (-6.1e-10, 8.1e-10) in 100 steps', () => {
  const { x } = gradientDescent(squares, [-3, 4], { learningRate: 0.1, steps: 100 });
  expect(x[0]! * 1e10).toBeCloseTo(-6.11110793, 3);
  expect(x[1]! * 1e10).toBeCloseTo(8.14814391, 3);
});

it('has a path from the start to the end, each step the same share of the way', () => {
  const { x, path } = gradientDescent(squares, [-3, 4], { learningRate: 0.1, steps: 20 });
  expect(path).toHaveLength(21);
  expect(path[0]).toEqual(Float64Array.of(-3, 4));
  expect(path[20]).toEqual(x);
  // The gradient is 2x, so a step leaves x·(1 - 2·0.1).
  path.forEach((point, step) => {
    expect(point[0]).toBeCloseTo(-3 * 0.8 ** step, 8);
    expect(point[1]).toBeCloseTo(4 * 0.8 ** step, 8);
  });
});

it('leaves its start as it is; no steps end there', () => {
  const start = [-3, 4];
  gradientDescent(squares, start, { learningRate: 0.1 });
  expect(start).toEqual([-3, 4]);
  expect([...gradientDescent(squares, start, { steps: 0 }).x]).toEqual([-3, 4]);
});
