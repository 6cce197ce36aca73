/** Where the time of one training step goes: times every call into the kernels, and the drawing of batches. */
import './time-kernels.ts';

import { BatchSampler } from '../../../../core/training/batch-sampler.ts';
import { Trainer } from '../../../../core/training/trainer.ts';
import { readMnistRows } from '../../../support/mnist-rows.ts';
import { startedKernels } from '../../../support/started-kernels.ts';
import type { PeerOptions, StepProfile } from '../task.ts';
import { readCommand, timed } from './harness.ts';
import { phases } from './time-kernels.ts';

const { task, options } = readCommand<Pick<PeerOptions, 'steps' | 'threads'>>();
const { config, warmup, mnist } = task;
const backend = await startedKernels(options.threads);
const { train } = readMnistRows(mnist);
new Trainer(config, train, undefined, backend).advance(warmup);
const trainer = new Trainer(config, train, undefined, backend);
const before = { ...phases };
const total = await timed(() => trainer.advance(options.steps));

const sampler = new BatchSampler(config.sampling, train.x.rows, config.seed);
const batch = new Uint32Array(config.batchSize);
const draw = (steps: number) => {
  for (let step = 0; step < steps; step++) sampler.fill(batch, step);
};
draw(warmup);
const sampling = await timed(() => draw(options.steps));

const perStep = (seconds: number) => (seconds / options.steps) * 1e6;
const profile: StepProfile = {
  total: perStep(total),
  forward: perStep((phases.forward - before.forward) / 1e3),
  update: perStep((phases.update - before.update) / 1e3),
  sampling: perStep(sampling),
};
console.log(JSON.stringify(profile));
