/** Activations, the output layer and their derivatives on rows of float32; core/math/exp32.ts says where exp is from. */
import * as L from '../layout';

const LOG2_E: f32 = 1.4426950408889634;
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444e-4;
const C6: f32 = 1.98756915e-4;
const C5: f32 = 1.3981999507e-3;
const C4: f32 = 8.3334519073e-3;
const C3: f32 = 4.1665795894e-2;
const C2: f32 = 1.6666665459e-1;
const C1: f32 = 5.0000001201e-1;
/** 1.5·2^23: a float32 of this size counts in ones. */
const INTEGER_BITS: f32 = 12582912;

/** e^x per lane, the same single operations as exp32. */
@inline
function exp(x: v128): v128 {
  const half = f32x4.splat(0.5);
  const n = f32x4.floor(f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), half));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  let y = f32x4.add(f32x4.mul(f32x4.splat(C6), r), f32x4.splat(C5));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(C4));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(C3));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(C2));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(C1));
  y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(y, r), r), r), f32x4.splat(1));
  // n + 1.5·2^23 has n in its lowest bits; shifted into the exponent's place, with its bias, they are 2^n.
  const bits = i32x4.add(f32x4.add(n, f32x4.splat(INTEGER_BITS)), i32x4.splat(127));
  y = f32x4.mul(y, i32x4.shl(bits, 23));
  y = v128.bitselect(f32x4.splat(f32.POSITIVE_INFINITY), y, f32x4.gt(x, f32x4.splat(88)));
  return v128.bitselect(f32x4.splat(0), y, f32x4.lt(x, f32x4.splat(-87)));
}

/** All ones in the lanes that belong to a row of `width`, for the row's vector that begins at column j. */
@inline
function laneMask(j: i32, width: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(width - j));
}

/** a = 1 / (1 + e^-a), in place. */
export function sigmoid(a: usize, bytes: usize): void {
  // Four vectors at a time: the polynomial's constants are made anew in each turn.
  for (; bytes >= 64; bytes -= 64) {
    v128.store(a, sigmoidOf(v128.load(a)));
    v128.store(a, sigmoidOf(v128.load(a, 16)), 16);
    v128.store(a, sigmoidOf(v128.load(a, 32)), 32);
    v128.store(a, sigmoidOf(v128.load(a, 48)), 48);
    a += 64;
  }
  for (; bytes > 0; bytes -= 16) {
    v128.store(a, sigmoidOf(v128.load(a)));
    a += 16;
  }
}

@inline
function sigmoidOf(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

/** d = d · (a · (1 - a)), in place. */
export function sigmoidBackward(d: usize, a: usize, bytes: usize): void {
  const one = f32x4.splat(1);
  for (const end = d + bytes; d < end; d += 16) {
    const y = v128.load(a);
    v128.store(d, f32x4.mul(v128.load(d), f32x4.mul(y, f32x4.sub(one, y))));
    a += 16;
  }
}

/** a = max(a, 0), in place. */
export function relu(a: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (const end = a + bytes; a < end; a += 16) v128.store(a, f32x4.max(v128.load(a), zero));
}

/** d = a === 0 ? 0 : d, in place. */
export function reluBackward(d: usize, a: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (const end = d + bytes; d < end; d += 16) {
    v128.store(d, v128.andnot(v128.load(d), f32x4.eq(v128.load(a), zero)));
    a += 16;
  }
}

/** a = a > 0 ? 1 : 0, in place. */
export function step(a: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  for (const end = a + bytes; a < end; a += 16) {
    v128.store(a, v128.and(one, f32x4.gt(v128.load(a), zero)));
  }
}

/** In place, of whole vectors. */
export function activate(activation: i32, values: usize, bytes: usize): void {
  if (activation === L.SIGMOID) sigmoid(values, bytes);
  else if (activation === L.RELU) relu(values, bytes);
  else if (activation === L.STEP) step(values, bytes);
}

/** One row of softmax: e^(z - max z) / Σ, the sum with k ascending. In place; the lanes beyond the width become 0. */
export function softmaxRow(row: usize, width: i32): void {
  let largest = f32x4.splat(f32.NEGATIVE_INFINITY);
  const lowest = largest;
  for (let k = 0; k < width; k += 4) {
    largest = f32x4.max(largest, v128.bitselect(v128.load(row + k * 4), lowest, laneMask(k, width)));
  }
  largest = f32x4.max(largest, v128.shuffle<f32>(largest, largest, 2, 3, 0, 1));
  largest = f32x4.max(largest, v128.shuffle<f32>(largest, largest, 1, 0, 3, 2));
  for (let k = 0; k < width; k += 4) {
    const e = exp(f32x4.sub(v128.load(row + k * 4), largest));
    v128.store(row + k * 4, v128.and(e, laneMask(k, width)));
  }
  let sum: f32 = 0;
  for (let k = 0; k < width; k++) sum += load<f32>(row + k * 4);
  const total = f32x4.splat(sum);
  for (let k = 0; k < width; k += 4) {
    v128.store(row + k * 4, v128.and(f32x4.div(v128.load(row + k * 4), total), laneMask(k, width)));
  }
}

/** Whether all values of a row are finite. */
export function isFiniteRow(row: usize, width: i32): bool {
  let differences = f32x4.splat(0);
  for (let k = 0; k < width; k += 4) {
    const y = v128.load(row + k * 4);
    // y - y is 0 for finite y, else NaN.
    differences = v128.or(differences, v128.and(f32x4.sub(y, y), laneMask(k, width)));
  }
  return !v128.any_true(differences);
}

/** d = (y - t) / rows for one row with one-hot t. */
export function labelDelta(d: usize, y: usize, width: i32, label: i32, rows: i32): void {
  const divisor = f32x4.splat(<f32>rows);
  for (let k = 0; k < width; k += 4) v128.store(d + k * 4, v128.and(v128.load(y + k * 4), laneMask(k, width)));
  const target = d + label * 4;
  store<f32>(target, load<f32>(target) - 1);
  for (let k = 0; k < width; k += 4) v128.store(d + k * 4, f32x4.div(v128.load(d + k * 4), divisor));
}

/** d = (y - t) / rows for one row. The lanes beyond the width become 0. */
export function targetDelta(d: usize, y: usize, t: usize, width: i32, rows: i32): void {
  const divisor = f32x4.splat(<f32>rows);
  for (let k = 0; k < width; k += 4) {
    const difference = f32x4.sub(v128.load(y + k * 4), v128.load(t + k * 4));
    v128.store(d + k * 4, f32x4.div(v128.and(difference, laneMask(k, width)), divisor));
  }
}
