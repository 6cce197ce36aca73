/**
 * e^x in float32, made of single float32 operations so that every engine, and the WebAssembly kernels, get the
 * same bits; Math.exp may differ between engines in the last one.
 *
 * Method: x = n·ln 2 + r with |r| ≤ ln 2 / 2, ln 2 split in two parts so that n·LN2_HIGH is exact, then a degree-6
 * polynomial for e^r (coefficients of expf in S. Moshier's Cephes library) times 2^n.
 */
const f = Math.fround;

const LOG2_E = f(1.4426950408889634);
const LN2_HIGH = f(0.693359375);
const LN2_LOW = f(-2.1219444e-4);
const C6 = f(1.98756915e-4);
const C5 = f(1.3981999507e-3);
const C4 = f(8.3334519073e-3);
const C3 = f(4.1665795894e-2);
const C2 = f(1.6666665459e-1);
const C1 = f(5.0000001201e-1);

/** Above it the result is Infinity, below the negative one 0: no denormals, and 2^n stays a normal float32. */
export const EXP32_MAX = 88;
export const EXP32_MIN = -87;

/** 2^n at index n + 127, for n from -126 to 127. */
const POWERS_OF_TWO = Float32Array.from({ length: 255 }, (_, index) => {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setUint32(0, index << 23);
  return bits.getFloat32(0);
});

/**
 * @param x any float32
 * @returns e^x within 2 units in the last place for -87 ≤ x ≤ 88; 0 below, Infinity above, NaN for NaN
 */
export function exp32(x: number): number {
  if (!(x >= EXP32_MIN)) return x < EXP32_MIN ? 0 : Number.NaN;
  if (x > EXP32_MAX) return Number.POSITIVE_INFINITY;
  const n = Math.floor(f(f(x * LOG2_E) + f(0.5)));
  let r = f(x - f(n * LN2_HIGH));
  r = f(r - f(n * LN2_LOW));
  let y = f(f(C6 * r) + C5);
  y = f(f(y * r) + C4);
  y = f(f(y * r) + C3);
  y = f(f(y * r) + C2);
  y = f(f(y * r) + C1);
  y = f(f(f(f(y * r) * r) + r) + 1);
  return f(y * POWERS_OF_TWO[n + 127]!);
}
