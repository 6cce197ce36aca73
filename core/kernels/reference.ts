/**
 * The inner loops in plain TypeScript: the definition that the kernels must equal bit for bit.
 *
 * All numbers are float32 and every single operation is rounded; products are rounded before they are added. Each
 * function states the order of its sum; the kernels use any loop order, unrolling or SIMD that keeps it. Matrices are
 * row-major; weights are [in, out] as in the textbook (x·W + b).
 *
 * A store into a Float32Array rounds; the sum of two float32 in float64 rounded once to float32 is the float32 sum
 * (53 ≥ 2·24 + 2 bits), so `z[k] + f(x * w)` needs no rounding of its own before the store.
 */
import type { SparseRows } from '../rows/sparse-rows.ts';

const f = Math.fround;

/** Adds x·source[from…] to target[at…], `width` long. */
function addScaled(
  target: Float32Array,
  at: number,
  width: number,
  x: number,
  source: Float32Array,
  from: number,
): void {
  for (let j = 0; j < width; j++) target[at + j] = target[at + j]! + f(x * source[from + j]!);
}

/**
 * z[n, j] = b[j] + Σ_i x[batch[n], i]·W[i, j], over the non-zero entries of the row, i ascending.
 *
 * @param batch row of `x` for each of the batch's n
 * @param z [batch.length, out]
 */
export function sparseForward(
  x: SparseRows,
  batch: Uint32Array,
  weights: Float32Array,
  bias: Float32Array,
  z: Float32Array,
): void {
  const width = bias.length;
  for (let n = 0; n < batch.length; n++) {
    const row = batch[n]!;
    z.set(bias, n * width);
    for (let k = x.pointers[row]!; k < x.pointers[row + 1]!; k++) {
      addScaled(z, n * width, width, x.values[k]!, weights, x.indices[k]! * width);
    }
  }
}

/**
 * g[i, j] = Σ_n x[batch[n], i]·d[n, j], starting at 0, over the samples where x is not zero, n ascending.
 *
 * @param delta [batch.length, out]
 * @param gradient [in, out], overwritten
 */
export function sparseGradient(
  x: SparseRows,
  batch: Uint32Array,
  delta: Float32Array,
  gradient: Float32Array,
): void {
  const width = gradient.length / x.columns;
  gradient.fill(0);
  for (let n = 0; n < batch.length; n++) {
    const row = batch[n]!;
    for (let k = x.pointers[row]!; k < x.pointers[row + 1]!; k++) {
      addScaled(gradient, x.indices[k]! * width, width, x.values[k]!, delta, n * width);
    }
  }
}

/**
 * z[n, j] = b[j] + Σ_i a[n, i]·W[i, j], i ascending. a is [rows, in], z is [rows, out].
 *
 * @param skipZeros whether terms with a[n, i] = 0 are left out
 */
export function denseForward(
  a: Float32Array,
  rows: number,
  weights: Float32Array,
  bias: Float32Array,
  z: Float32Array,
  skipZeros: boolean,
): void {
  const width = bias.length;
  const inputs = weights.length / width;
  for (let n = 0; n < rows; n++) {
    z.set(bias, n * width);
    for (let i = 0; i < inputs; i++) {
      const x = a[n * inputs + i]!;
      if (!skipZeros || x !== 0) addScaled(z, n * width, width, x, weights, i * width);
    }
  }
}

/**
 * g[i, j] = Σ_n a[n, i]·d[n, j], starting at 0, n ascending. a is [rows, in], d is [rows, out], g is [in, out].
 *
 * @param skipZeros whether terms with a[n, i] = 0 are left out
 */
export function denseGradient(
  a: Float32Array,
  rows: number,
  delta: Float32Array,
  gradient: Float32Array,
  skipZeros: boolean,
): void {
  gradient.fill(0);
  if (rows === 0) return;
  const width = delta.length / rows;
  const inputs = gradient.length / width;
  for (let n = 0; n < rows; n++) {
    for (let i = 0; i < inputs; i++) {
      const x = a[n * inputs + i]!;
      if (!skipZeros || x !== 0) addScaled(gradient, i * width, width, x, delta, n * width);
    }
  }
}

/**
 * p[n, i] = Σ_j d[n, j]·W[i, j] as four partial sums s_l over j ≡ l (mod 4), each starting at 0 with j ascending,
 * combined as (s0 + s2) + (s1 + s3). d is [rows, out], p is [rows, in].
 */
export function denseBackward(
  delta: Float32Array,
  rows: number,
  weights: Float32Array,
  previous: Float32Array,
): void {
  if (rows === 0) return;
  const width = delta.length / rows;
  const inputs = weights.length / width;
  for (let n = 0; n < rows; n++) {
    const d = n * width;
    for (let i = 0; i < inputs; i++) {
      const w = i * width;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let j = 0;
      for (; j + 3 < width; j += 4) {
        s0 = f(s0 + f(delta[d + j]! * weights[w + j]!));
        s1 = f(s1 + f(delta[d + j + 1]! * weights[w + j + 1]!));
        s2 = f(s2 + f(delta[d + j + 2]! * weights[w + j + 2]!));
        s3 = f(s3 + f(delta[d + j + 3]! * weights[w + j + 3]!));
      }
      if (j < width) s0 = f(s0 + f(delta[d + j]! * weights[w + j]!));
      if (j + 1 < width) s1 = f(s1 + f(delta[d + j + 1]! * weights[w + j + 1]!));
      if (j + 2 < width) s2 = f(s2 + f(delta[d + j + 2]! * weights[w + j + 2]!));
      previous[n * inputs + i] = f(s0 + s2) + f(s1 + s3);
    }
  }
}

/** g[j] = Σ_n d[n, j], starting at 0, n ascending. */
export function biasGradient(delta: Float32Array, rows: number, gradient: Float32Array): void {
  const width = gradient.length;
  gradient.fill(0);
  for (let n = 0; n < rows; n++) {
    for (let j = 0; j < width; j++) gradient[j] = gradient[j]! + delta[n * width + j]!;
  }
}
