/**
 * Losses as the mean over a batch, in float64: they are reported, not trained on. The gradient at the output layer
 * is (y - t) / batch for both pairs, softmax with cross entropy and identity with ½Σ(y - t)².
 */
import { log } from '../math/elementary.ts';
import type { LossName } from '../training/config.ts';
import type { Labels } from './architecture.ts';

/** Keeps log finite at a probability of 0; the deck's value. */
const LOG_SHIFT = 1e-7;

/** -Σ_k t_k·log(y_k + 1e-7) for one sample with one-hot or soft targets, each of shape [classes]. */
export function crossEntropy(y: ArrayLike<number>, t: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < y.length; k++) if (t[k] !== 0) sum -= t[k]! * log(y[k]! + LOG_SHIFT);
  return sum;
}

/** ½·Σ_k (y_k - t_k)² for one sample, each of shape [classes]. */
export function meanSquaredError(y: ArrayLike<number>, t: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < y.length; k++) {
    const difference = y[k]! - t[k]!;
    sum += difference * difference;
  }
  return sum / 2;
}

/** Mean loss of a batch of outputs y [rows, classes] against class labels [rows]. */
export type BatchLoss = (y: Float32Array, labels: Labels, classes: number) => number;

export const BATCH_LOSSES: Readonly<Record<LossName, BatchLoss>> = {
  crossEntropy: (y, labels, classes) => {
    let sum = 0;
    for (let n = 0; n < labels.length; n++) sum -= log(y[n * classes + labels[n]!]! + LOG_SHIFT);
    return sum / labels.length;
  },
  meanSquaredError: (y, labels, classes) => {
    let sum = 0;
    for (let n = 0; n < labels.length; n++) {
      for (let k = 0; k < classes; k++) {
        const difference = y[n * classes + k]! - (k === labels[n] ? 1 : 0);
        sum += difference * difference;
      }
    }
    return sum / 2 / labels.length;
  },
};

/** Turns outputs y [rows, classes] into (y - t) / rows in place, t one-hot. */
export function outputDelta(y: Float32Array, labels: Labels, classes: number): void {
  const f = Math.fround;
  const rows = labels.length;
  for (let n = 0; n < rows; n++) {
    for (let k = 0; k < classes; k++) {
      const at = n * classes + k;
      y[at] = f(y[at]! - (k === labels[n] ? 1 : 0)) / rows;
    }
  }
}
