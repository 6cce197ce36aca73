/**
 * exp, log, sin and cos in float64 from + - × ÷ alone, so that they are the same on every engine. They serve weight
 * initialisation, the reported loss and the float64 reference forms, where speed doesn't matter.
 */

const LN2 = 0.6931471805599453;
const SQRT_HALF = 0.7071067811865476;
/** 1/1, 1/3, … 1/25. */
const INVERSE_ODD = Float64Array.from({ length: 13 }, (_, term) => 1 / (2 * term + 1));

const view = new DataView(new ArrayBuffer(8));

/**
 * Natural logarithm, within 1e-15 relative.
 *
 * x = m·2^k with m in [√½, √2), then ln m = 2·artanh(s) = 2·(s + s³/3 + s⁵/5 + …) for s = (m-1)/(m+1), |s| < 0.172.
 *
 * @param x a normal float64; 0 gives -Infinity, a negative number NaN
 */
export function log(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (!(x > 0)) return Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  view.setFloat64(0, x);
  const high = view.getUint32(0);
  let exponent = (high >>> 20) - 1022;
  // The same mantissa with the exponent of [0.5, 1).
  view.setUint32(0, (high & 0x000f_ffff) | (1022 << 20));
  let mantissa = view.getFloat64(0);
  if (mantissa < SQRT_HALF) {
    mantissa *= 2;
    exponent -= 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let term = INVERSE_ODD.length - 1; term >= 0; term--) sum = sum * square + INVERSE_ODD[term]!;
  return exponent * LN2 + 2 * s * sum;
}

const LOG2_E = 1.4426950408889634;
/** The first 40 bits of ln 2, so that n·LN2_HIGH is exact for every exponent n, and what they leave. */
const LN2_HIGH = 0.6931471805592082;
const LN2_LOW = 7.371002565167799e-13;
/** ln 2^1024 and ln 2^-1075 rounded outward: beyond them e^x rounds to Infinity and 0. */
const EXP_MAX = 709.79;
const EXP_MIN = -745.14;
/** 1/2!, 1/3!, … 1/14! */
const INVERSE_FACTORIALS = [
  0.5, 0.16666666666666666, 0.041666666666666664, 0.008333333333333333, 0.001388888888888889,
  0.0001984126984126984, 2.48015873015873e-5, 2.7557319223985893e-6, 2.755731922398589e-7,
  2.505210838544172e-8, 2.08767569878681e-9, 1.6059043836821613e-10, 1.1470745597729725e-11,
];

/**
 * e^x, within 1 unit in the last place of the exact value.
 *
 * x = n·ln 2 + r with |r| ≤ ln 2 / 2 and ln 2 in two parts; e^r by its Taylor series up to r¹⁴ / 14!, whose
 * remainder is below 1e-19; then times 2^n, in two factors so that neither leaves the range of normal numbers.
 *
 * @returns denormals where they are due; Infinity above about 709.78, 0 below about -745.13, NaN for NaN
 */
export function exp(x: number): number {
  if (!(x >= EXP_MIN)) return x < EXP_MIN ? 0 : Number.NaN;
  if (x > EXP_MAX) return Number.POSITIVE_INFINITY;
  const n = Math.floor(x * LOG2_E + 0.5);
  const high = x - n * LN2_HIGH;
  const low = n * LN2_LOW;
  const r = high - low;
  const lost = high - r - low;
  let series = 0;
  for (let k = INVERSE_FACTORIALS.length - 1; k >= 0; k--) series = series * r + INVERSE_FACTORIALS[k]!;
  const power = 1 + (r + (series * r * r + (lost + lost * r)));
  const half = n >> 1;
  return power * powerOfTwo(n - half) * powerOfTwo(half);
}

/** 2^n for n from -1022 to 1023. */
function powerOfTwo(n: number): number {
  view.setUint32(0, (n + 1023) << 20);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}

const HALF_PI = 1.5707963267948966;

/**
 * Cosine and sine of a whole turn's fraction, within 1e-15.
 *
 * @param turns angle / 2π, in [0, 1)
 */
export function cosSinOfTurns(turns: number): [cos: number, sin: number] {
  // Nearest quarter turn and what is left, at most an eighth of a turn (π/4) either way: exact in float64.
  const quarter = Math.floor(turns * 4 + 0.5);
  const angle = (turns * 4 - quarter) * HALF_PI;
  const square = angle * angle;
  let cos = 1;
  let sin = 1;
  for (let n = 18; n >= 2; n -= 2) {
    cos = 1 - (square / (n * (n - 1))) * cos;
    sin = 1 - (square / (n * (n + 1))) * sin;
  }
  sin *= angle;
  switch (quarter & 3) {
    case 0:
      return [cos, sin];
    case 1:
      return [-sin, cos];
    case 2:
      return [-cos, -sin];
    default:
      return [sin, -cos];
  }
}

/** Powers by squaring: the same on every engine, which Math.pow need not be. @param exponent a whole number from 0 */
export function power(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
