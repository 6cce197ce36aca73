/**
 * Losses as the mean over a batch, in float64: they are reported, not trained on. The gradient at the output layer
 * is (y - t) / batch for both pairs, softmax with cross entropy and identity with ½Σ(y - t)².
 */
import { log } from '../math/elementary.ts';
import { hasTargets, type Labels, type TrainingRows } from '../rows/training-rows.ts';
import type { LossName } from './architecture.ts';

/** Keeps log finite at a probability of 0; the textbook's value. */
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

/** What a batch's rows should give: a class each, or real numbers [rows, outputs]. */
export type Expected = Labels | Float32Array;

/** What the listed rows should give, in the list's order. */
export function expectedOf(data: TrainingRows, batch: Uint32Array, outputs: number): Expected {
  if (!hasTargets(data)) {
    const labels = new Uint32Array(batch.length);
    for (let n = 0; n < batch.length; n++) labels[n] = data.labels[batch[n]!]!;
    return labels;
  }
  const targets = new Float32Array(batch.length * outputs);
  for (let n = 0; n < batch.length; n++) {
    const from = batch[n]! * outputs;
    for (let k = 0; k < outputs; k++) targets[n * outputs + k] = data.targets[from + k]!;
  }
  return targets;
}

/**
 * Mean loss of samples with class labels; one sum, samples and then outputs ascending.
 *
 * @param y outputs [samples, classes], which begin at `at`
 */
export function labelLoss(
  loss: LossName,
  y: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
  at = 0,
): number {
  let sum = 0;
  for (let n = 0; n < labels.length; n++) {
    const row = at + n * classes;
    if (loss === 'crossEntropy') {
      sum -= log(y[row + labels[n]!]! + LOG_SHIFT);
      continue;
    }
    for (let k = 0; k < classes; k++) {
      const difference = y[row + k]! - (k === labels[n] ? 1 : 0);
      sum += difference * difference;
    }
  }
  return (loss === 'crossEntropy' ? sum : sum / 2) / labels.length;
}

/** Mean of ½Σ_k (y_k - t_k)² over the rows; one sum, rows and then outputs ascending. */
export function targetLoss(y: Float32Array, targets: Float32Array, outputs: number): number {
  let sum = 0;
  for (let at = 0; at < targets.length; at++) {
    const difference = y[at]! - targets[at]!;
    sum += difference * difference;
  }
  return sum / 2 / (targets.length / outputs);
}

/**
 * Mean loss of a batch.
 *
 * @param loss meanSquaredError where real numbers are expected
 * @param y [rows, outputs] or longer
 */
export function batchLoss(loss: LossName, y: Float32Array, expected: Expected, outputs: number): number {
  return expected instanceof Float32Array
    ? targetLoss(y, expected, outputs)
    : labelLoss(loss, y, expected, outputs);
}

/** Turns outputs y [rows, outputs] into (y - t) / rows in place, t one-hot for classes. */
export function outputDelta(y: Float32Array, expected: Expected, outputs: number): void {
  const f = Math.fround;
  const rows = y.length / outputs;
  for (let n = 0; n < rows; n++) {
    for (let k = 0; k < outputs; k++) {
      const at = n * outputs + k;
      const t = expected instanceof Float32Array ? expected[at]! : k === expected[n] ? 1 : 0;
      y[at] = f(y[at]! - t) / rows;
    }
  }
}
