import { describe, expect, it } from 'vitest';
import { numericalDerivative, numericalGradient } from '../../../core/math/numerical-gradient.ts';

describe('numericalDerivative', () => {
  it("of the textbook's 0.01x² + 0.1x is 0.2 at 5 and 0.3 at 10", () => {
    const f = (x: number) => 0.01 * x * x + 0.1 * x;
    expect(numericalDerivative(f, 5)).toBeCloseTo(0.2, 10);
    expect(numericalDerivative(f, 10)).toBeCloseTo(0.3, 10);
  });

  it('of a cubic is off by h², as central differences are', () => {
    expect(numericalDerivative((x) => x ** 3, 2, 0.1) - 12).toBeCloseTo(0.01, 12);
  });
});

describe('numericalGradient', () => {
  it.each([
    [3, 4],
    [0, 2],
    [3, 0],
  ])("of the textbook's x0² + x1² at (%d, %d)", (x0, x1) => {
    const point = Float64Array.of(x0, x1);
    const gradient = numericalGradient((x) => x[0]! ** 2 + x[1]! ** 2, point);
    expect(gradient[0]).toBeCloseTo(2 * x0, 8);
    expect(gradient[1]).toBeCloseTo(2 * x1, 8);
    expect(point).toEqual(Float64Array.of(x0, x1));
  });

  it('moves one coordinate at a time', () => {
    const seen: number[][] = [];
    numericalGradient((x) => seen.push([...x]), Float64Array.of(1, 2), 0.5);
    expect(seen).toEqual([
      [1.5, 2],
      [0.5, 2],
      [1, 2.5],
      [1, 1.5],
    ]);
  });
});
