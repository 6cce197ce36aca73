/** Accuracy of a run's network on the whole training and test sets, as the deck prints it once an epoch. */
import type { Trainer } from '../../core/index.ts';
import type { LoadedDataset } from './load-dataset.ts';
import type { Evaluation, RunConfig } from './schemas.ts';

export function evaluate(plan: RunConfig, trainer: Trainer, { train, test }: LoadedDataset): Evaluation {
  return {
    step: trainer.step,
    epoch: trainer.step / plan.stepsPerEpoch,
    loss: trainer.loss,
    trainAccuracy: trainer.network.accuracy(train),
    testAccuracy: trainer.network.accuracy(test),
  };
}
