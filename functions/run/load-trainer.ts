/** A run's trainer where its newest checkpoint stands, with the data that it trains on. */
import { IntegrityError } from '../../core/errors.ts';
import type { Backend } from '../../core/kernels/engine.ts';
import type { Checkpoint } from '../../core/training/checkpoint.ts';
import type { WorkerPart } from '../../core/training/rounds.ts';
import { Trainer } from '../../core/training/trainer.ts';
import type { RunConfig } from '../schemas/documents.ts';
import type { CheckpointRef } from '../schemas/parts.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { loadCheckpoint } from './checkpoint-store.ts';
import { openRunData, type RunData } from './data.ts';
import type { Stopwatch } from './stopwatch.ts';

export interface TrainerRequest {
  store: ObjectStore;
  /** Where the checkpoint stands. */
  step: number;
  checkpoint: CheckpointRef;
  stopwatch: Stopwatch;
  /** Where a run's arithmetic goes on. */
  backend: (config: RunConfig['config']) => Backend;
}

/**
 * @param where.part of the round that begins at the checkpoint, which is trained alone; by default all that follows
 * @param where.start a later checkpoint, which is trained from instead; it is verified
 * @throws IntegrityError when the checkpoint isn't the one that the run's state names
 */
export async function loadTrainer(
  request: TrainerRequest,
  run: RunConfig,
  where: { part?: WorkerPart; start?: Checkpoint | undefined } = {},
): Promise<[RunData, Trainer]> {
  const { store, checkpoint, stopwatch } = request;
  const backend = request.backend(run.config);
  const data = await openRunData(store, run, backend, stopwatch.memoryMb);
  const start = where.start ?? (await loadCheckpoint(store, checkpoint, run.configHash));
  if (where.start === undefined && start.step !== request.step) {
    throw new IntegrityError(`${checkpoint.key} is of step ${start.step}, expected ${request.step}`);
  }
  return [data, new Trainer(run.config, data.train, start, backend, where.part)];
}
