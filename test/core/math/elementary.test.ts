import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosSinOfTurns, log } from '../../../core/math/elementary.ts';

describe('log', () => {
  it('is within 1e-14 relative of Math.log', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
        expect(Math.abs(log(x) - Math.log(x))).toBeLessThanOrEqual(
          1e-14 * Math.max(1, Math.abs(Math.log(x))),
        );
      }),
    );
  });

  it.each([
    [0, Number.NEGATIVE_INFINITY],
    [1, 0],
    [-1, Number.NaN],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])('of %f is %f', (x, expected) => {
    expect(log(x)).toBe(expected);
  });
});

describe('cosSinOfTurns', () => {
  it('is within 1e-14 of Math.cos and Math.sin', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (turns) => {
        const [cos, sin] = cosSinOfTurns(turns);
        expect(cos).toBeCloseTo(Math.cos(2 * Math.PI * turns), 13);
        expect(sin).toBeCloseTo(Math.sin(2 * Math.PI * turns), 13);
      }),
    );
  });
});
