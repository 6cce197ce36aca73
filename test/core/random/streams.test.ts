import { expect, it } from 'vitest';
import { fillNormal, PURPOSE } from '../../../core/random/streams.ts';

const draw = (length: number, seed = 1, step = 0) => {
  const out = new Float32Array(length);
  fillNormal(out, 2, seed, PURPOSE.weights, step);
  return out;
};

it('fillNormal has the mean and standard deviation asked for', () => {
  const values = draw(100_000);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  expect(mean).toBeCloseTo(0, 1);
  expect(Math.sqrt(variance)).toBeCloseTo(2, 1);
});

it('fillNormal draws a prefix the same, whatever the length', () => {
  const long = draw(9);
  for (let length = 0; length <= 9; length++) expect(draw(length)).toEqual(long.subarray(0, length));
});

it('fillNormal draws other numbers for another seed and step', () => {
  expect(draw(8, 2)).not.toEqual(draw(8));
  expect(draw(8, 1, 1)).not.toEqual(draw(8));
});
