/** A job's inputs as files, so that every competitor has the same weights, batches and images. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeOnnx } from '../../../core/exchange/onnx.ts';
import type { Backend } from '../../../core/kernels/engine.ts';
import type { LayerParameters } from '../../../core/network/architecture.ts';
import { planLayers } from '../../../core/network/plan.ts';
import type { LabelledRows } from '../../../core/rows/training-rows.ts';
import { BatchSampler } from '../../../core/training/batch-sampler.ts';
import { Trainer } from '../../../core/training/trainer.ts';
import type { Job } from './jobs.ts';
import { TASK_FILE, type Task } from './task.ts';

/**
 * @param folder that exists and is empty
 * @param mnist folder of the raw IDX files
 * @param backend trains the network that inference asks
 */
export function writeInputs(
  folder: string,
  job: Job,
  mnist: string,
  train: LabelledRows,
  backend: Backend,
): void {
  const { kind, warmup, calls, config, scored } = job;
  const task: Task = {
    ...{ kind, warmup, calls, config, scored, mnist },
    plan: planLayers(config.layers, config.activation),
    weights: join(folder, 'weights.f32'),
    batches: join(folder, 'batches.u32'),
    onnx: join(folder, 'model.onnx'),
  };
  writeFileSync(join(folder, TASK_FILE), JSON.stringify(task));
  const trainer = new Trainer(config, train, undefined, backend);
  if (kind === 'inference') {
    trainer.advance(job.steps);
    const { architecture, layers: trained } = trainer.network;
    writeFileSync(task.onnx, encodeOnnx(architecture, trained, job.id));
  } else {
    writeFileSync(task.batches, batches(job, train.x.rows));
  }
  writeFileSync(task.weights, concatenated(trainer.network.layers));
}

function batches({ config, steps }: Job, trainSize: number): Uint8Array {
  const { batchSize, sampling, seed } = config;
  const sampler = new BatchSampler(sampling, trainSize, seed);
  const all = new Uint32Array(steps * batchSize);
  for (let step = 0; step < steps; step++) {
    sampler.fill(all.subarray(step * batchSize, (step + 1) * batchSize), step);
  }
  return new Uint8Array(all.buffer);
}

function concatenated(layers: readonly LayerParameters[]): Uint8Array {
  const parts = layers.flatMap(({ weights, bias }) => [weights, bias]);
  return Buffer.concat(
    parts.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );
}
