/** Trains epoch by epoch, with a turn for others now and then, when a signal is looked at. */

import { parametric, planLayers, productsOf } from '../network/plan.ts';
import type { TrainingRows } from '../rows/training-rows.ts';
import type { Trainer } from '../training/trainer.ts';
import type { ModelEncoding } from './encoding.ts';
import type { EpochRows } from './epoch-rows.ts';
import { type EpochReport, evaluateInBlocks, type ModelEvaluation } from './evaluation.ts';
import type { AbortSignalLike } from './options.ts';
import { nextTurn, Turns } from './turn.ts';

interface Trained {
  encoding: ModelEncoding;
  trainer: Trainer;
  source: EpochRows;
  /** Begun so far; counted on. */
  epochs: number;
}

interface HowToTrain {
  epochs: number;
  validation: TrainingRows | undefined;
  onEpoch?: (report: EpochReport) => unknown;
  signal?: AbortSignalLike | undefined;
}

/** @throws what the signal gives as its reason, once it is aborted */
export function throwIfAborted(signal: AbortSignalLike | undefined): void {
  if (signal?.aborted) throw signal.reason ?? new Error('fit: aborted');
}

/** @param trained whose source has its rows */
export async function trainEpochs(
  trained: Trained,
  { epochs, validation, onEpoch, signal }: HowToTrain,
): Promise<EpochReport[]> {
  const { trainer, source } = trained;
  const { layers, activation } = trainer.network.architecture;
  const products = parametric(planLayers(layers, activation)).reduce(
    (sum, layer) => sum + productsOf(layer),
    0,
  );
  const turns = new Turns(products);
  const giveTurn = async (rows: number): Promise<void> => {
    if (!turns.isDue(rows)) return;
    await nextTurn();
    throwIfAborted(signal);
  };
  const evaluate = async (data: TrainingRows): Promise<ModelEvaluation> => {
    const blocks = evaluateInBlocks(trainer.network, data, trained.encoding.outputs.scales);
    for (;;) {
      const { done, value } = blocks.next();
      if (done) return value;
      await giveTurn(value);
    }
  };
  const reports: EpochReport[] = [];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    source.beginEpoch(trained.epochs++, trainer.step);
    let sum = 0;
    for (let left = source.size; left > 0; ) {
      const rows = Math.min(source.batchSize, left);
      trainer.advance(trainer.step + 1);
      sum += trainer.loss! * rows;
      left -= rows;
      await giveTurn(rows);
    }
    const report: EpochReport = { epoch, epochs, step: trainer.step, loss: sum / source.size };
    if (validation !== undefined) report.validation = await evaluate(validation);
    reports.push(report);
    const answer = await onEpoch?.(report);
    throwIfAborted(signal);
    if (answer === 'stop') break;
  }
  return reports;
}
