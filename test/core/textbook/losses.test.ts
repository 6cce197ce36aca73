import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossEntropy, meanSquaredError } from '../../../core/network/losses.ts';
import { softmax } from '../../../core/textbook/activations.ts';
import {
  accuracy,
  batchCrossEntropy,
  batchMeanSquaredError,
  softmaxCrossEntropy,
} from '../../../core/textbook/losses.ts';
import { Matrix } from '../../../core/textbook/matrix.ts';

const RIGHT = [0.1, 0.05, 0.6, 0.0, 0.05, 0.1, 0.0, 0.1, 0.0, 0.0];
const WRONG = [0.1, 0.05, 0.1, 0.0, 0.05, 0.1, 0.0, 0.6, 0.0, 0.0];
const TWO = [0, 0, 1, 0, 0, 0, 0, 0, 0, 0];

describe("the textbook's vectors", () => {
  it('mean squared error: .0975 and .5975', () => {
    // The textbook prints .00975 for the first, a slip: its own formula ½Σ(y - t)² gives .0975.
    expect(meanSquaredError(RIGHT, TWO)).toBeCloseTo(0.0975, 15);
    expect(meanSquaredError(WRONG, TWO)).toBeCloseTo(0.5975, 15);
  });

  it('cross entropy: .51082 and 2.30258', () => {
    expect(crossEntropy(RIGHT, TWO)).toBeCloseTo(0.510825457099338, 14);
    expect(crossEntropy(WRONG, TWO)).toBeCloseTo(2.302584092994546, 14);
  });
});

describe('of a batch', () => {
  const y = Matrix.of([RIGHT, WRONG]);

  it('is the mean over its rows', () => {
    expect(batchCrossEntropy(y, Matrix.of([TWO, TWO]))).toBeCloseTo(
      (0.510825457099338 + 2.302584092994546) / 2,
      14,
    );
    expect(batchMeanSquaredError(y, Matrix.of([TWO, TWO]))).toBeCloseTo((0.0975 + 0.5975) / 2, 14);
  });

  it('is the same from class labels as from one-hot rows', () => {
    const seven = TWO.map((_, k) => (k === 7 ? 1 : 0));
    const rows = Matrix.of([TWO, seven]);
    for (const loss of [batchCrossEntropy, batchMeanSquaredError, softmaxCrossEntropy, accuracy]) {
      expect(loss(y, Uint8Array.of(2, 7))).toBe(loss(y, rows));
      expect(loss(y, [2, 7])).toBe(loss(y, rows));
    }
    expect(batchCrossEntropy(y, [2, 7])).toBeCloseTo(0.510825457099338, 14);
  });

  it('accuracy counts the rows whose largest output is at their class', () => {
    expect(accuracy(y, [2, 2])).toBe(0.5);
    expect(accuracy(y, [2, 7])).toBe(1);
    expect(accuracy(y, [7, 2])).toBe(0);
  });

  it.each<[string, Matrix | number[], RegExp]>([
    ['too few labels', [1], /got 1 labels, expected 2/],
    ['a label that is no class', [1, 10], /targets\[1\]: got 10, expected a class from 0 to 9/],
    ['a negative label', [-1, 0], /targets\[0\]: got -1/],
    ['a label that is no integer', [0.5, 0], /targets\[0\]: got 0.5/],
    ['rows of another length', Matrix.of([[1], [0]]), /got \[2, 1\], expected \[2, 10\]/],
  ])('refuses %s', (_, targets, message) => {
    expect(() => batchCrossEntropy(y, targets)).toThrow(message);
  });
});

describe('softmaxCrossEntropy', () => {
  it('is the cross entropy of the softmax, but for the 1e-7 inside the logarithm', () => {
    const score = fc.double({ min: -5, max: 5, noNaN: true });
    fc.assert(
      fc.property(fc.array(score, { minLength: 1, maxLength: 8 }), fc.nat(), (scores, pick) => {
        const label = pick % scores.length;
        const y = softmax(scores);
        const expected = -Math.log(y[label]!);
        expect(softmaxCrossEntropy(Matrix.of([scores]), [label])).toBeCloseTo(expected, 12);
        const shifted = batchCrossEntropy(Matrix.of([y]), [label]);
        expect(Math.abs(expected - shifted)).toBeLessThanOrEqual(1.01e-7 / y[label]!);
      }),
    );
  });

  it('is finite where the probability of the right class is 0', () => {
    expect(softmaxCrossEntropy(Matrix.of([[1e4, -1e4]]), [1])).toBe(2e4);
    expect(softmaxCrossEntropy(Matrix.of([[1e4, -1e4]]), [0])).toBe(0);
  });
});
