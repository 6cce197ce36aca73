import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { power } from '../../../core/math/power.ts';

describe('power', () => {
  it.each([
    [0, 0, 1],
    [0, 3, 0],
    [2, 10, 1024],
    [-2, 3, -8],
    [1, 99_999_999, 1],
    [0.5, 1074, 5e-324],
    [0.5, 2000, 0],
    [2, 1024, Number.POSITIVE_INFINITY],
  ])('of %f to the %i is %f', (base, exponent, expected) => {
    expect(power(base, exponent)).toBe(expected);
  });

  it('is within 1e-12 of ** for exponents as high as runs have steps', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.9, max: 1, noNaN: true }), fc.nat(5000), (base, exponent) => {
        const expected = base ** exponent;
        expect(Math.abs(power(base, exponent) - expected)).toBeLessThanOrEqual(1e-12 * expected);
      }),
    );
  });
});
