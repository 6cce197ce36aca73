/** Trains in one way, through encoded checkpoints between chunks as the training loop does. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Backend } from '../../../core/kernels/engine.ts';
import { referenceBackend } from '../../../core/kernels/reference-engine.ts';
import type { LabelledRows } from '../../../core/rows/training-rows.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../../core/training/checkpoint.ts';
import type { TrainingConfig } from '../../../core/training/config.ts';
import { Trainer } from '../../../core/training/trainer.ts';
import type { Way } from './plan.ts';

/** What a checkpoint here says that it belongs to; part of its bytes. */
export const CONFIG_HASH = 'verify-reproducible';

/** @returns the last checkpoint's bytes */
export async function trainInWay(
  { segments }: Way,
  config: TrainingConfig,
  train: LabelledRows,
  kernels: Backend,
): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  let step = 0;
  for (const { backend, untilStep, chunk } of segments) {
    while (step < untilStep) {
      const from = bytes === undefined ? undefined : decodeCheckpoint(bytes);
      const trainer = new Trainer(config, train, from, backend === 'reference' ? referenceBackend : kernels);
      step = Math.min(step + chunk, untilStep);
      trainer.advance(step);
      bytes = encodeCheckpoint(trainer.checkpoint(CONFIG_HASH));
      // Between chunks, as between invocations, memory that nobody needs any more is taken back.
      await nextTurn();
    }
  }
  if (bytes === undefined) throw new RangeError('iterations: 0 steps train nothing');
  return bytes;
}
