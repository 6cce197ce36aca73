/**
 * How well a network does on samples, which may come in pieces: every sum is float64 and goes over the samples in their
 * order, so that the figures don't depend on the pieces, nor on the engine.
 */
import { checkTargetShape } from '../kernels/check-batch.ts';
import { BLOCK_ROWS } from '../kernels/engine.ts';
import { argmax, type Network } from '../model/network.ts';
import { labelLoss, targetLoss } from '../network/losses.ts';
import { hasTargets, type TrainingRows } from '../rows/training-rows.ts';

/** Of a regression's output. */
export interface OutputMetrics {
  /** √(Σ(y - t)² / n), in the target's unit. */
  rmse: number;
  /** Σ|y - t| / n. */
  mae: number;
  /** 1 - Σ(y - t)² / Σ(t - mean t)²: 1 is perfect, 0 what the mean would give; null where all targets are equal. */
  r2: number | null;
}

/** `loss` is the mean over the samples, weight decay not included. */
export type Evaluation =
  | { kind: 'classification'; rows: number; loss: number; accuracy: number }
  | { kind: 'regression'; rows: number; loss: number; outputs: OutputMetrics[] };

export class Evaluator {
  readonly #network: Network;
  #kind: Evaluation['kind'] | undefined;
  #rows = 0;
  #loss = 0;
  /** Samples of each class that are predicted as such, [classes]. */
  readonly #right: Float64Array;
  /** The others: those of class a that are predicted as p, at a·classes + p. */
  readonly #mistaken = new Map<number, number>();
  /** Per output: Σ(y - t)², Σ|y - t|, mean of t so far and Σ(t - mean)² about it. */
  readonly #squares: Float64Array;
  readonly #distances: Float64Array;
  readonly #means: Float64Array;
  readonly #spreads: Float64Array;

  constructor(network: Network) {
    this.#network = network;
    const outputs = network.classes;
    this.#right = new Float64Array(outputs);
    this.#squares = new Float64Array(outputs);
    this.#distances = new Float64Array(outputs);
    this.#means = new Float64Array(outputs);
    this.#spreads = new Float64Array(outputs);
  }

  /**
   * @param visit called with each row's number in `data` and its outputs, which are valid until it returns
   * @param from first of the rows that are added
   * @param to the one behind the last of them
   * @throws RangeError for samples that don't fit the network, or have labels where earlier ones had targets
   */
  add(
    data: TrainingRows,
    visit?: (row: number, outputs: Float32Array) => void,
    from = 0,
    to = data.x.rows,
  ): void {
    const kind = hasTargets(data) ? 'regression' : 'classification';
    if (this.#kind !== undefined && kind !== this.#kind) {
      throw new RangeError(`rows: got ${kind} after ${this.#kind}, expected one of them`);
    }
    if (hasTargets(data)) checkTargetShape(this.#network.architecture, data);
    this.#kind = kind;
    for (let start = from; start < to; start += BLOCK_ROWS) {
      this.#addBlock(data, start, Math.min(start + BLOCK_ROWS, to), visit);
    }
  }

  #addBlock(
    data: TrainingRows,
    start: number,
    end: number,
    visit: ((row: number, outputs: Float32Array) => void) | undefined,
  ): void {
    const { classes: outputs, architecture } = this.#network;
    const batch = new Uint32Array(end - start);
    for (let n = 0; n < batch.length; n++) batch[n] = start + n;
    const y = this.#network.forward(data.x, batch);
    for (let n = 0; n < batch.length; n++) {
      this.#rows++;
      if (hasTargets(data)) {
        const row = y.subarray(n * outputs, (n + 1) * outputs);
        const targets = data.targets.subarray((start + n) * outputs, (start + n + 1) * outputs);
        this.#loss += targetLoss(row, targets, outputs);
        this.#addTargets(row, targets);
      } else {
        const label = data.labels[start + n]!;
        this.#loss += labelLoss(architecture.loss, y, [label], outputs, n * outputs);
        this.#addLabel(argmax(y, n * outputs, outputs), label);
      }
      visit?.(start + n, y.subarray(n * outputs, (n + 1) * outputs));
    }
  }

  #addLabel(predicted: number, label: number): void {
    if (predicted === label) {
      this.#right[label]!++;
      return;
    }
    const cell = label * this.#network.classes + predicted;
    this.#mistaken.set(cell, (this.#mistaken.get(cell) ?? 0) + 1);
  }

  #addTargets(y: Float32Array, targets: Float32Array): void {
    for (let k = 0; k < y.length; k++) {
      const t = targets[k]!;
      const difference = y[k]! - t;
      this.#squares[k]! += difference * difference;
      this.#distances[k]! += Math.abs(difference);
      // B. Welford, "Note on a method for calculating corrected sums of squares and products", 1962: one pass.
      const before = t - this.#means[k]!;
      this.#means[k]! += before / this.#rows;
      this.#spreads[k]! += before * (t - this.#means[k]!);
    }
  }

  /** Samples of each class (row) by the class that was predicted (column); all 0 for a regression. */
  confusion(): number[][] {
    const { classes } = this.#network;
    return Array.from({ length: classes }, (_, label) =>
      Array.from({ length: classes }, (_, predicted) =>
        predicted === label ? this.#right[label]! : (this.#mistaken.get(label * classes + predicted) ?? 0),
      ),
    );
  }

  /** @throws RangeError before there are samples: no mean is defined */
  result(): Evaluation {
    const rows = this.#rows;
    if (rows === 0) throw new RangeError('rows: got none, expected at least one to evaluate on');
    const loss = this.#loss / rows;
    if (this.#kind === 'classification') {
      const right = this.#right.reduce((sum, count) => sum + count, 0);
      return { kind: 'classification', rows, loss, accuracy: right / rows };
    }
    const outputs = Array.from(this.#squares, (squares, k) => ({
      rmse: Math.sqrt(squares / rows),
      mae: this.#distances[k]! / rows,
      r2: this.#spreads[k] === 0 ? null : 1 - squares / this.#spreads[k]!,
    }));
    return { kind: 'regression', rows, loss, outputs };
  }
}

/** @throws RangeError for no samples, or such that don't fit the network */
export function evaluate(network: Network, data: TrainingRows): Evaluation {
  const evaluator = new Evaluator(network);
  evaluator.add(data);
  return evaluator.result();
}

/**
 * Mean cost per sample: Σ confusion[a][p]·costs[a][p] / Σ confusion[a][p]. The measure of KDD Cup 1999.
 *
 * @param confusion samples of class a (row) that were predicted as p (column)
 * @param costs of the same shape
 * @returns 0 for no samples
 * @throws RangeError when the shapes differ
 */
export function meanCost(
  confusion: readonly (readonly number[])[],
  costs: readonly (readonly number[])[],
): number {
  let samples = 0;
  let cost = 0;
  if (confusion.length !== costs.length) throw new RangeError(differ(confusion, costs));
  confusion.forEach((row, actual) => {
    if (row.length !== costs[actual]!.length) throw new RangeError(differ(confusion, costs));
    row.forEach((count, predicted) => {
      samples += count;
      cost += count * costs[actual]![predicted]!;
    });
  });
  return samples === 0 ? 0 : cost / samples;
}

const differ = (confusion: readonly unknown[], costs: readonly unknown[]): string =>
  `confusion: got ${confusion.length} classes, expected ${costs.length} in rows and columns, as many as costs`;
