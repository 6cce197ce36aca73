/**
 * log, sin and cos in float64 from + - × ÷ alone, so that they are the same on every engine. They serve weight
 * initialisation and the reported loss, where speed doesn't matter.
 */

const LN2 = 0.6931471805599453;
const SQRT_HALF = 0.7071067811865476;
const SERIES_TERMS = 12;

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
  for (let term = SERIES_TERMS; term >= 0; term--) sum = sum * square + 1 / (2 * term + 1);
  return exponent * LN2 + 2 * s * sum;
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
