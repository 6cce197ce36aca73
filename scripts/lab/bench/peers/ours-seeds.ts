/** Trains the task's job with seeds 0, 1, 2, … and answers the test accuracy of each. */
import { Trainer } from '../../../../core/index.ts';
import { readMnistRows } from '../../../support/mnist-rows.ts';
import { startedKernels } from '../../../support/started-kernels.ts';
import { readCommand } from './harness.ts';

const { task, options } = readCommand<{ seeds: number; steps: number; threads: number }>();
const backend = await startedKernels(options.threads);
const { train, test } = readMnistRows(task.mnist);
const accuracies = Array.from({ length: options.seeds }, (_, seed) => {
  const trainer = new Trainer({ ...task.config, seed }, train, undefined, backend);
  trainer.advance(options.steps);
  return trainer.network.accuracy(test);
});
console.log(JSON.stringify({ accuracies }));
