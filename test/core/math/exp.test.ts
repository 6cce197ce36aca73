import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exp } from '../../../core/math/elementary.ts';

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
