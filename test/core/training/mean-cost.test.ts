import { expect, it } from 'vitest';
import { KDDCUP99 } from '../../../core/ingest/catalogue/datasets.ts';
import { meanCost } from '../../../core/training/evaluation.ts';

const square = (a: number, b: number, c: number, d: number) => [
  [a, b],
  [c, d],
];

/** Of the winning entry, as published in C. Elkan, Results of the KDD'99 Classifier Learning Contest, 1999. */
const WINNER = [
  [60262, 243, 78, 4, 6],
  [511, 3471, 184, 0, 0],
  [5299, 1328, 223_226, 0, 0],
  [168, 20, 0, 30, 10],
  [14_527, 294, 0, 8, 1360],
];

it('the winner of KDD Cup 1999 scored 0.2331', () => {
  expect(meanCost(WINNER, KDDCUP99.costMatrix!)).toBeCloseTo(0.2331, 4);
});

it.each([
  [0, 0, 0, 0, 0],
  [3, 0, 0, 2, 0],
  [3, 1, 0, 0, 0.25],
])('only mistakes cost: of the confusion %i, %i, %i, %i the mean is %f', (a, b, c, d, mean) => {
  expect(meanCost(square(a, b, c, d), square(0, 1, 5, 0))).toBe(mean);
});

it('refuses another number of classes', () => {
  expect(() => meanCost([[1]], KDDCUP99.costMatrix!)).toThrow('confusion: got 1 classes, expected 5');
  expect(() => meanCost([[1, 0], [1]], square(0, 1, 1, 0))).toThrow(RangeError);
});
