/**
 * The inner loops, so that one network runs on different implementations with the same bits.
 *
 * All numbers are float32 and every single operation is rounded; products are rounded before they are added. Each
 * function states the order of its sum; an implementation may use any loop order, unrolling or SIMD that keeps it.
 * Matrices are row-major; weights are [in, out] as in the deck (x·W + b).
 */
import type { SparseRows } from '../data/sparse-rows.ts';

export interface Backend {
  readonly name: string;

  /**
   * z[n, j] = b[j] + Σ_i x[batch[n], i]·W[i, j], over the non-zero entries of the row, i ascending.
   *
   * @param batch row of `x` for each of the batch's n
   * @param z [batch.length, out]
   */
  sparseForward(
    x: SparseRows,
    batch: Uint32Array,
    weights: Float32Array,
    bias: Float32Array,
    z: Float32Array,
  ): void;

  /**
   * g[i, j] = Σ_n x[batch[n], i]·d[n, j], starting at 0, over the samples where x is not zero, n ascending.
   *
   * @param delta [batch.length, out]
   * @param gradient [in, out], overwritten
   */
  sparseGradient(x: SparseRows, batch: Uint32Array, delta: Float32Array, gradient: Float32Array): void;

  /** z[n, j] = b[j] + Σ_i a[n, i]·W[i, j], i ascending. a is [rows, in], z is [rows, out]. */
  denseForward(
    a: Float32Array,
    rows: number,
    weights: Float32Array,
    bias: Float32Array,
    z: Float32Array,
  ): void;

  /** g[i, j] = Σ_n a[n, i]·d[n, j], starting at 0, n ascending. a is [rows, in], d is [rows, out], g is [in, out]. */
  denseGradient(a: Float32Array, rows: number, delta: Float32Array, gradient: Float32Array): void;

  /**
   * p[n, i] = Σ_j d[n, j]·W[i, j] as four partial sums s_l over j ≡ l (mod 4), each starting at 0 with j ascending,
   * combined as (s0 + s2) + (s1 + s3). d is [rows, out], p is [rows, in].
   */
  denseBackward(delta: Float32Array, rows: number, weights: Float32Array, previous: Float32Array): void;

  /** g[j] = Σ_n d[n, j], starting at 0, n ascending. */
  biasGradient(delta: Float32Array, rows: number, gradient: Float32Array): void;

  /** w[i] = w[i] - rate·g[i]. */
  sgdUpdate(parameter: Float32Array, gradient: Float32Array, rate: number): void;
}
