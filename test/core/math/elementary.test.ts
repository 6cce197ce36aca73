import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosSinOfTurns, log } from '../../../core/math/elementary.ts';

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
