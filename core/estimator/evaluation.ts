/** How well a model does, in its caller's units. */
import type { ColumnScale } from '../ingest/table/encoding.ts';
import { BLOCK_ROWS } from '../kernels/engine.ts';
import type { Network } from '../model/network.ts';
import type { TrainingRows } from '../rows/training-rows.ts';
import { type Evaluation, Evaluator, type OutputMetrics } from '../training/evaluation.ts';

/** Of a classification `accuracy`; of a regression the errors of its target, or of each of its `targets`. */
export interface ModelEvaluation extends Partial<OutputMetrics> {
  rows: number;
  /** What training makes small: cross entropy, or half the square of the scaled targets' errors; the mean over the rows. */
  loss: number;
  /** Share of the rows whose class is predicted. */
  accuracy?: number;
  /** Of a regression with several targets, in their order. */
  targets?: OutputMetrics[];
}

export interface EpochReport {
  /** Of this call of `fit`, from 1. */
  epoch: number;
  epochs: number;
  /** Steps that the network has taken in all. */
  step: number;
  /** Mean over the epoch's rows, each with the weights that it met. */
  loss: number;
  /** Of the validation's rows after the epoch, where there are any. */
  validation?: ModelEvaluation;
}

/** Evaluates a block at a time, so that others can have their turn between two. @returns rows of the block */
export function* evaluateInBlocks(
  network: Network,
  data: TrainingRows,
  scales: readonly ColumnScale[],
): Generator<number, ModelEvaluation> {
  const evaluator = new Evaluator(network);
  for (let start = 0; start < data.x.rows; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, data.x.rows);
    evaluator.add(data, undefined, start, end);
    yield end - start;
  }
  return inUnits(evaluator.result(), scales);
}

export function evaluateAtOnce(
  network: Network,
  data: TrainingRows,
  scales: readonly ColumnScale[],
): ModelEvaluation {
  const blocks = evaluateInBlocks(network, data, scales);
  for (;;) {
    const { done, value } = blocks.next();
    if (done) return value;
  }
}

function inUnits(evaluation: Evaluation, scales: readonly ColumnScale[]): ModelEvaluation {
  const { rows, loss } = evaluation;
  if (evaluation.kind === 'classification') return { rows, loss, accuracy: evaluation.accuracy };
  const targets = evaluation.outputs.map(({ rmse, mae, r2 }, k) => {
    const { divisor } = scales[k]!;
    return { rmse: rmse * divisor, mae: mae * divisor, r2 };
  });
  return targets.length === 1 ? { rows, loss, ...targets[0] } : { rows, loss, targets };
}
