/** Functions of the output layer, in place on rows of float32. */
import { exp32 } from '../math/exp32.ts';
import type { OutputName } from './architecture.ts';

const f = Math.fround;

/**
 * p_k = e^(z_k - max z) / Σ_j e^(z_j - max z), the sum with j ascending: stable for any finite z.
 *
 * @param values [rows, width]
 */
export function softmaxRows(values: Float32Array, rows: number, width: number): void {
  for (let start = 0; start < rows * width; start += width) {
    let max = values[start]!;
    for (let k = start + 1; k < start + width; k++) if (values[k]! > max) max = values[k]!;
    let sum = 0;
    for (let k = start; k < start + width; k++) {
      const e = exp32(f(values[k]! - max));
      values[k] = e;
      sum = f(sum + e);
    }
    for (let k = start; k < start + width; k++) values[k] = values[k]! / sum;
  }
}

export const OUTPUTS: Readonly<Record<OutputName, typeof softmaxRows>> = {
  softmax: softmaxRows,
  identity: () => {},
};
