/** How a network does on the whole training and test sets. */

import { TrainingDivergedError } from '../../core/errors.ts';
import type { Network } from '../../core/model/network.ts';
import type { TrainingRows } from '../../core/rows/training-rows.ts';
import { Evaluator, meanCost, type OutputMetrics } from '../../core/training/evaluation.ts';
import type { Trainer } from '../../core/training/trainer.ts';
import type { Dataset } from '../dataset/load.ts';
import type { DatasetManifest } from '../schemas/dataset.ts';
import type { RunConfig } from '../schemas/documents.ts';
import type { SplitFigures } from '../schemas/parts.ts';
import type { StepEvaluation } from '../schemas/payloads.ts';

/** Of a run where it stands. @throws TrainingDivergedError when an output is not finite */
export async function evaluate(run: RunConfig, trainer: Trainer, dataset: Dataset): Promise<StepEvaluation> {
  const { step, loss } = trainer;
  return {
    step,
    epoch: step / run.stepsPerEpoch,
    loss,
    ...(await evaluateSplits(trainer.network, dataset)),
  };
}

/** @throws TrainingDivergedError when an output is not finite */
export async function evaluateSplits(network: Network, dataset: Dataset): Promise<SplitFigures> {
  const onTrain = await evaluatorOn(network, dataset.pieces('train'));
  const onTest = await evaluatorOn(network, dataset.pieces('test'));
  const [trained, tested] = [onTrain.result(), onTest.result()];
  for (const [split, { loss }] of Object.entries({ training: trained, test: tested })) {
    if (Number.isFinite(loss)) continue;
    throw new TrainingDivergedError(
      `the loss on the ${split} set is ${loss}, expected a finite number: the weights are too large; when training, try a lower learningRate`,
    );
  }
  const { manifest } = dataset;
  const costs = costsOf(manifest);
  return {
    trainAccuracy: trained.kind === 'classification' ? trained.accuracy : null,
    testAccuracy: tested.kind === 'classification' ? tested.accuracy : null,
    trainLoss: trained.loss,
    testLoss: tested.loss,
    testCost: costs === undefined ? null : meanCost(onTest.confusion(), costs),
    outputs: tested.kind === 'regression' ? inOwnUnits(tested.outputs, manifest) : null,
  };
}

async function evaluatorOn(network: Network, pieces: AsyncIterable<TrainingRows>): Promise<Evaluator> {
  const evaluator = new Evaluator(network);
  for await (const rows of pieces) evaluator.add(rows);
  return evaluator;
}

/** What each mistake costs, where the dataset says so. */
export function costsOf(manifest: DatasetManifest): readonly (readonly number[])[] | undefined {
  return 'costs' in manifest ? manifest.costs : undefined;
}

/** How each target was scaled: it is offset + unit · (what the network gives). None for targets that were not. */
export function targetScalesOf(manifest: DatasetManifest): readonly { offset: number; unit: number }[] {
  const encoding = 'encoding' in manifest ? manifest.encoding : undefined;
  // A divisor of 0 stands for a target that was constant, and is 0 to the network.
  return (encoding?.targets ?? []).map(({ offset, divisor }) => ({
    offset,
    unit: divisor === 0 ? 1 : divisor,
  }));
}

/** Networks are trained on scaled targets; people think in the table's own unit. */
export function inOwnUnits(outputs: readonly OutputMetrics[], manifest: DatasetManifest): OutputMetrics[] {
  const scales = targetScalesOf(manifest);
  return outputs.map(({ rmse, mae, r2 }, k) => {
    const unit = scales[k]?.unit ?? 1;
    return { rmse: rmse * unit, mae: mae * unit, r2 };
  });
}
