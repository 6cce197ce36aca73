import { expect, it } from 'vitest';
import { EXP32_MAX, EXP32_MIN, exp32 } from '../../../core/math/exp32.ts';

const bits = new DataView(new ArrayBuffer(4));
/** Distance in units in the last place between two positive float32. */
function ulps(a: number, b: number): number {
  bits.setFloat32(0, a);
  const x = bits.getInt32(0);
  bits.setFloat32(0, b);
  return Math.abs(x - bits.getInt32(0));
}

it('exp32 is within 2 ulp of the exact value over its whole range', () => {
  let worst = 0;
  for (let x = EXP32_MIN; x <= EXP32_MAX; x += 0.00037) {
    const argument = Math.fround(x);
    worst = Math.max(worst, ulps(exp32(argument), Math.fround(Math.exp(argument))));
  }
  expect(worst).toBeLessThanOrEqual(2);
});

it.each([
  [0, 1],
  [-0, 1],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [Number.NEGATIVE_INFINITY, 0],
  [-88, 0],
  [89, Number.POSITIVE_INFINITY],
  [Number.NaN, Number.NaN],
])('exp32 of %f is %f', (x, expected) => {
  expect(exp32(x)).toBe(expected);
});

it('exp32 keeps its bits', () => {
  expect([-1, 0.5, 1, 10].map(exp32)).toEqual([
    0.3678794503211975, 1.6487212181091309, 2.7182817459106445, 22026.46484375,
  ]);
});
