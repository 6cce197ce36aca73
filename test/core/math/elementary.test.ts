import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosSinOfTurns, exp, log, power } from '../../../core/math/elementary.ts';

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

const view = new DataView(new ArrayBuffer(8));
/** Distance in units in the last place between two floats that aren't negative. */
function ulps(a: number, b: number): number {
  view.setFloat64(0, a);
  const x = view.getBigInt64(0);
  view.setFloat64(0, b);
  return Math.abs(Number(x - view.getBigInt64(0)));
}

/** A normal float64 as integer mantissa and exponent: mantissa · 2^exponent. */
function split(x: number): [mantissa: bigint, exponent: number] {
  view.setFloat64(0, Math.abs(x));
  const bits = view.getBigUint64(0);
  const mantissa = (bits & ((1n << 52n) - 1n)) | (1n << 52n);
  return [x < 0 ? -mantissa : mantissa, Number(bits >> 52n) - 1075];
}

const FRACTION_BITS = 220;

/** e^x as a multiple of 2^-220, by the series in integer arithmetic. */
function exactExp(x: number): bigint {
  const [mantissa, exponent] = split(x);
  const shift = BigInt(FRACTION_BITS + exponent);
  const fixed = shift >= 0n ? mantissa << shift : mantissa >> -shift;
  let term = 1n << BigInt(FRACTION_BITS);
  let sum = term;
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    term = ((term * fixed) >> BigInt(FRACTION_BITS)) / k;
    sum += term;
  }
  return sum;
}

/** |e^x - exp(x)| in units in the last place of exp(x). */
function errorInUlps(x: number): number {
  const [mantissa, exponent] = split(exp(x));
  const ulp = 1n << BigInt(FRACTION_BITS + exponent);
  return Math.abs(Number(((exactExp(x) - mantissa * ulp) * 1000n) / ulp)) / 1000;
}

it('exp is within 1 ulp of the exact value', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -40, max: 40, noNaN: true }),
      fc.double({ min: -1, max: 1, noNaN: true }),
      (x, y) => {
        expect(errorInUlps(x)).toBeLessThan(1);
        expect(errorInUlps(y)).toBeLessThan(1);
      },
    ),
    { numRuns: 1000 },
  );
});

it('exp is within 2 ulp of Math.exp over its whole range, denormal results included', () => {
  let worst = 0;
  for (let x = -745.2; x <= 709.8; x += 0.00737) worst = Math.max(worst, ulps(exp(x), Math.exp(x)));
  expect(worst).toBeLessThanOrEqual(2);
});

it.each([
  [0, 1],
  [-0, 1],
  [5e-324, 1],
  [1, Math.E],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [Number.NEGATIVE_INFINITY, 0],
  [-745.1332191019412, 0],
  [-745.1332191019411, 5e-324],
  [709.782712893384, 1.7976931348622732e308],
  [709.7827128933841, Number.POSITIVE_INFINITY],
  [1e300, Number.POSITIVE_INFINITY],
  [-1e300, 0],
  [Number.NaN, Number.NaN],
])('exp of %f is %f', (x, expected) => {
  expect(exp(x)).toBe(expected);
});
