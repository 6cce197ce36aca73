/** Losses of a batch in float64: the mean over its rows. */
import { exp, log } from '../math/elementary.ts';
import { argmax } from '../model/network.ts';
import { crossEntropy, meanSquaredError } from '../network/losses.ts';
import { Matrix } from './matrix.ts';

/** What a batch should give: rows (one-hot for classes), or one class label per row. */
export type Targets = Matrix | ArrayLike<number>;

/**
 * Targets as rows: labels become one-hot.
 *
 * @returns [rows, columns]
 * @throws RangeError when their number isn't that of the rows, or a label is no class
 */
export function targetRows(t: Targets, rows: number, columns: number): Matrix {
  if (t instanceof Matrix) {
    if (t.rows !== rows || t.columns !== columns) {
      throw new RangeError(`targets: got [${t.rows}, ${t.columns}], expected [${rows}, ${columns}]`);
    }
    return t;
  }
  if (t.length !== rows) throw new RangeError(`targets: got ${t.length} labels, expected ${rows}`);
  const oneHot = new Matrix(rows, columns);
  for (let n = 0; n < rows; n++) {
    const label = t[n]!;
    if (!(Number.isInteger(label) && label >= 0 && label < columns)) {
      throw new RangeError(`targets[${n}]: got ${label}, expected a class from 0 to ${columns - 1}`);
    }
    oneHot.row(n)[label] = 1;
  }
  return oneHot;
}

/** -Σ_k t_k·log(y_k + 1e-7), the mean over the batch. @param y probabilities, [rows, classes] */
export function batchCrossEntropy(y: Matrix, t: Targets): number {
  return meanOverRows(y, t, crossEntropy);
}

/** ½·Σ_k (y_k - t_k)², the mean over the batch. @param y [rows, outputs] */
export function batchMeanSquaredError(y: Matrix, t: Targets): number {
  return meanOverRows(y, t, meanSquaredError);
}

/**
 * Cross entropy of the softmax straight from the scores, the mean over the batch: Σ_k t_k·(log Σ_j e^a_j - a_k).
 *
 * Here no probability of 0 can reach the logarithm, so the 1e-7 of `batchCrossEntropy` is not needed, and
 * softmax(a) - t is exactly the derivative for targets that add up to 1; with the 1e-7 a gradient check stops at
 * about 1e-7 / y.
 *
 * @param a scores, [rows, classes]
 */
export function softmaxCrossEntropy(a: Matrix, t: Targets): number {
  return meanOverRows(a, t, (scores, target) => {
    const max = scores.reduce((x, y) => Math.max(x, y), Number.NEGATIVE_INFINITY);
    const logSum = log(scores.reduce((sum, score) => sum + exp(score - max), 0));
    return scores.reduce((sum, score, k) => sum + target[k]! * (logSum - (score - max)), 0);
  });
}

function meanOverRows(y: Matrix, t: Targets, loss: (y: Float64Array, t: Float64Array) => number): number {
  const target = targetRows(t, y.rows, y.columns);
  let sum = 0;
  for (let n = 0; n < y.rows; n++) sum += loss(y.row(n), target.row(n));
  return sum / y.rows;
}

/** Share of rows whose largest output is where the target's is. @param y [rows, classes] */
export function accuracy(y: Matrix, t: Targets): number {
  const target = targetRows(t, y.rows, y.columns);
  let right = 0;
  for (let n = 0; n < y.rows; n++) if (argmax(y.row(n)) === argmax(target.row(n))) right++;
  return right / y.rows;
}
