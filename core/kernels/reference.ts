/**
 * The backend in plain TypeScript: the definition that other backends must equal bit for bit.
 *
 * A store into a Float32Array rounds; the sum of two float32 in float64 rounded once to float32 is the float32 sum
 * (53 ≥ 2·24 + 2 bits), so `z[k] + f(x * w)` needs no rounding of its own before the store.
 */
import type { SparseRows } from '../data/sparse-rows.ts';
import type { Backend } from './backend.ts';
import { groupByColumn } from './group-by-column.ts';

const f = Math.fround;

/** Adds value·W[index, :] to z[at…] for the entries from `first` on, in order: four at a time, then one by one. */
function addScaledRows(
  z: Float32Array,
  at: number,
  width: number,
  source: Float32Array,
  indices: Uint32Array,
  values: Float32Array,
  first: number,
  end: number,
): void {
  let k = first;
  for (; k + 3 < end; k += 4) {
    const x0 = values[k]!;
    const x1 = values[k + 1]!;
    const x2 = values[k + 2]!;
    const x3 = values[k + 3]!;
    const w0 = indices[k]! * width;
    const w1 = indices[k + 1]! * width;
    const w2 = indices[k + 2]! * width;
    const w3 = indices[k + 3]! * width;
    for (let j = 0; j < width; j++) {
      let sum = f(z[at + j]! + f(x0 * source[w0 + j]!));
      sum = f(sum + f(x1 * source[w1 + j]!));
      sum = f(sum + f(x2 * source[w2 + j]!));
      z[at + j] = sum + f(x3 * source[w3 + j]!);
    }
  }
  for (; k < end; k++) {
    const x = values[k]!;
    const w = indices[k]! * width;
    for (let j = 0; j < width; j++) z[at + j] = z[at + j]! + f(x * source[w + j]!);
  }
}

export const referenceBackend: Backend = {
  name: 'reference',

  sparseForward(x, batch, weights, bias, z) {
    const width = bias.length;
    for (let n = 0; n < batch.length; n++) {
      const row = batch[n]!;
      z.set(bias, n * width);
      addScaledRows(
        z,
        n * width,
        width,
        weights,
        x.indices,
        x.values,
        x.pointers[row]!,
        x.pointers[row + 1]!,
      );
    }
  },

  sparseGradient(x: SparseRows, batch, delta, gradient) {
    const width = gradient.length / x.columns;
    // By column, so that each gradient row is loaded and stored once per step; n stays ascending within a column.
    const group = groupByColumn(x, batch);
    gradient.fill(0);
    for (let column = 0; column < x.columns; column++) {
      addScaledRows(
        gradient,
        column * width,
        width,
        delta,
        group.samples,
        group.values,
        group.pointers[column]!,
        group.pointers[column + 1]!,
      );
    }
  },

  denseForward(a, rows, weights, bias, z) {
    const width = bias.length;
    const inputs = weights.length / width;
    for (let n = 0; n < rows; n++) {
      z.set(bias, n * width);
      for (let i = 0; i < inputs; i++) {
        const x = a[n * inputs + i]!;
        for (let j = 0; j < width; j++) {
          z[n * width + j] = z[n * width + j]! + f(x * weights[i * width + j]!);
        }
      }
    }
  },

  denseGradient(a, rows, delta, gradient) {
    gradient.fill(0);
    if (rows === 0) return;
    const width = delta.length / rows;
    const inputs = gradient.length / width;
    for (let n = 0; n < rows; n++) {
      for (let i = 0; i < inputs; i++) {
        const x = a[n * inputs + i]!;
        for (let j = 0; j < width; j++) {
          gradient[i * width + j] = gradient[i * width + j]! + f(x * delta[n * width + j]!);
        }
      }
    }
  },

  denseBackward(delta, rows, weights, previous) {
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
  },

  biasGradient(delta, rows, gradient) {
    const width = gradient.length;
    gradient.fill(0);
    for (let n = 0; n < rows; n++) {
      for (let j = 0; j < width; j++) gradient[j] = gradient[j]! + delta[n * width + j]!;
    }
  },

  sgdUpdate(parameter, gradient, rate) {
    const rate32 = f(rate);
    for (let i = 0; i < parameter.length; i++) {
      parameter[i] = parameter[i]! - f(rate32 * gradient[i]!);
    }
  },
};
