import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosSinOfTurns, log, power } from '../../../core/math/elementary.ts';

describe('log', () => {
  it('is within 1e-15 relative of Math.log, near 1 and over the whole range', () => {
    let worst = 0;
    const compare = (x: number) => {
      worst = Math.max(worst, Math.abs(log(x) - Math.log(x)) / Math.abs(Math.log(x)));
    };
    for (let k = 1; k < 20_000; k++) {
      compare(1 + k / 40_000);
      compare(1 - k / 40_000);
      compare(Math.exp(-708.3 + k * 0.07087));
    }
    expect(worst).toBeLessThan(1e-15);
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

it('cosSinOfTurns is within 1e-14 of Math.cos and Math.sin', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (turns) => {
      const [cos, sin] = cosSinOfTurns(turns);
      expect(cos).toBeCloseTo(Math.cos(2 * Math.PI * turns), 13);
      expect(sin).toBeCloseTo(Math.sin(2 * Math.PI * turns), 13);
    }),
  );
});

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
