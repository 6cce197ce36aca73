import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identity, relu, sigmoid, softmax, step } from '../../../core/textbook/activations.ts';

const close = (actual: ArrayLike<number>, expected: number[], digits = 8) => {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, digits);
  });
};

describe('activations', () => {
  it('of numbers', () => {
    expect([-1, 0, 1].map((x) => step(x))).toEqual([0, 0, 1]);
    expect(sigmoid(0)).toBe(0.5);
    expect(sigmoid(1)).toBeCloseTo(0.7310585786300049, 15);
    expect([-2, 0, 3].map((x) => relu(x))).toEqual([0, 0, 3]);
    expect(identity(-1.5)).toBe(-1.5);
  });

  it('of arrays', () => {
    expect(step([-1, 1, 2])).toEqual(Float64Array.of(0, 1, 1));
    close(sigmoid([-1, 1, 2]), [0.26894142, 0.73105858, 0.88079708]);
    expect(relu(Float32Array.of(-1, 2))).toEqual(Float64Array.of(0, 2));
    expect(identity([-1, 2])).toEqual(Float64Array.of(-1, 2));
  });

  it('sigmoid is 0 and 1 far out, without NaN', () => {
    expect(sigmoid([-1e4, 1e4])).toEqual(Float64Array.of(0, 1));
  });
});

describe('softmax', () => {
  it("of the textbook's scores", () => {
    const y = softmax([0.3, 2.9, 4.0]);
    close(y, [0.01821127, 0.24519181, 0.73659691]);
    expect(y[0]! + y[1]! + y[2]!).toBeCloseTo(1, 15);
  });

  it('of scores that overflow without the shift', () => {
    close(softmax([1010, 1000, 990]), [9.999546e-1, 4.53978686e-5, 2.06106005e-9], 9);
  });

  it('is positive or 0, adds up to 1 and keeps the order, for scores up to ±1e4', () => {
    const score = fc.double({ min: -1e4, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(fc.array(score, { minLength: 1, maxLength: 20 }), (scores) => {
        const y = softmax(scores);
        expect(y.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
        scores.forEach((a, i) => {
          expect(y[i]).toBeGreaterThanOrEqual(0);
          scores.forEach((b, j) => {
            if (a > b) expect(y[i]).toBeGreaterThanOrEqual(y[j]!);
          });
        });
      }),
    );
  });
});
