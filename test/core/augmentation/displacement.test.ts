import { expect, it } from 'vitest';
import { displacementField } from '../../../core/augmentation/displacement.ts';
import { displacementAt } from './definition.ts';

it('is what the definition says, on all sides of the torus', () => {
  const elastic = { alpha: 34, sigma: 4 };
  const { values, stride, size } = displacementField(elastic, 28, 5);
  expect([stride, size]).toEqual([540, 512]);
  for (const [row, column] of [
    [0, 0],
    [3, 511],
    [511, 2],
    [200, 333],
    [509, 510],
  ] as const) {
    expect(values[row * stride + column]).toBeCloseTo(displacementAt(elastic, 5, row, column), 5);
  }
});

it('goes on where it began, as far as a window reaches', () => {
  const { values, stride, size } = displacementField({ alpha: 3, sigma: 1 }, 5, 5);
  for (let row = 0; row < stride; row++) {
    for (let column = size - 3; column < stride; column++) {
      const there = values[(row % size) * stride + (column % size)];
      if (values[row * stride + column] !== there) expect.fail(`row ${row}, column ${column}`);
    }
  }
});

it('has the standard deviation α / (σ · √12π), and α scales it', () => {
  const sd = (alpha: number, sigma: number) => {
    const { values } = displacementField({ alpha, sigma }, 28, 6);
    return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  };
  for (const [alpha, sigma] of [
    [34, 4],
    [8, 2],
    [5, 6],
  ] as const) {
    expect(sd(alpha, sigma) / (alpha / (sigma * Math.sqrt(12 * Math.PI)))).toBeCloseTo(1, 1.3);
  }
});

it('is another one for another seed, and large enough for large pictures', () => {
  const elastic = { alpha: 1, sigma: 0.5 };
  const [a, b] = [5, 6].map((seed) => displacementField(elastic, 9, seed).values.subarray(0, 99));
  expect(a).not.toEqual(b);
  expect(displacementField(elastic, 256, 5).size).toBe(512);
  expect(displacementField(elastic, 257, 5).size).toBe(1024);
});
