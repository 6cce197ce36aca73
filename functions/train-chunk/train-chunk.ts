/** Advances a run by one chunk: load a checkpoint, train, evaluate on the way, save the next checkpoint. */
import { Trainer } from '../../core/training/trainer.ts';
import { loadCheckpoint, saveCheckpoint } from '../shared/checkpoint-store.ts';
import { KEYS } from '../shared/contract.ts';
import { IntegrityError } from '../shared/errors.ts';
import { loadDataset } from '../shared/load-dataset.ts';
import { logger } from '../shared/logging.ts';
import type { ObjectStore } from '../shared/object-store.ts';
import {
  type CheckpointRef,
  type Evaluation,
  MAX_EVALUATIONS,
  type RunProgress,
  runConfig,
} from '../shared/schemas.ts';
import { writeMetrics } from '../shared/step-metrics.ts';
import type { Stopwatch } from '../shared/stopwatch.ts';
import { getDocument } from '../shared/verified.ts';

export interface ChunkRequest {
  store: ObjectStore;
  runId: string;
  /** Where the checkpoint stands. */
  step: number;
  checkpoint: CheckpointRef;
  /** Milliseconds until the invocation is cut off. */
  remainingMs: () => number;
  stopwatch: Stopwatch;
}

/** Left for the last evaluation and the writes; far more than either takes. */
const SAFETY_MARGIN_MS = 30_000;

/**
 * Trains to the end of the chunk, or to a step before it when time runs short, but always at least one step.
 *
 * @throws IntegrityError when the checkpoint isn't the one that the run's state names
 */
export async function trainChunk(request: ChunkRequest): Promise<RunProgress> {
  const { store, runId, stopwatch, remainingMs } = request;
  const plan = await getDocument(store, runConfig, KEYS.runConfig(runId));
  const [dataset, start] = await stopwatch.time('load', async () => [
    await loadDataset(store, plan.config.dataset, plan.manifestSha256),
    await loadCheckpoint(store, request.checkpoint, plan.configHash),
  ]);
  if (start.step !== request.step) {
    throw new IntegrityError(`${request.checkpoint.key} is of step ${start.step}, expected ${request.step}`);
  }
  const trainer = new Trainer(plan.config, dataset.train, start);
  const end = Math.min(start.step + plan.chunkSteps, plan.totalSteps);
  // A function with less time than the margin in all still has half of it for training.
  const stopAt = Math.min(SAFETY_MARGIN_MS, remainingMs() / 2);
  const shouldStop = () => remainingMs() <= stopAt;

  const evaluations: Evaluation[] = [];
  const epoch = () => trainer.step / plan.stepsPerEpoch;
  while (trainer.step < end) {
    const nextEvaluation = (Math.floor(trainer.step / plan.evaluateEverySteps) + 1) * plan.evaluateEverySteps;
    await stopwatch.time('train', () => trainer.advance(Math.min(end, nextEvaluation), shouldStop));
    if (trainer.step % plan.evaluateEverySteps === 0 || trainer.step === plan.totalSteps) {
      const [trainAccuracy, testAccuracy] = await stopwatch.time('evaluate', () => [
        trainer.network.accuracy(dataset.train),
        trainer.network.accuracy(dataset.test),
      ]);
      evaluations.push({
        step: trainer.step,
        epoch: epoch(),
        loss: trainer.loss,
        trainAccuracy: trainAccuracy!,
        testAccuracy: testAccuracy!,
      });
      // The last step of the chunk is reported with its checkpoint below.
      if (trainer.step < end && !shouldStop()) await report(null);
    }
    if (shouldStop()) {
      logger.info('stopped early', { runId, step: trainer.step, end });
      break;
    }
  }
  const checkpoint = await stopwatch.time('save', () =>
    saveCheckpoint(store, runId, trainer.checkpoint(plan.configHash)),
  );
  const timing = await report(checkpoint);
  return {
    runId,
    step: trainer.step,
    totalSteps: plan.totalSteps,
    epoch: epoch(),
    done: trainer.step >= plan.totalSteps,
    checkpoint,
    loss: trainer.loss,
    evaluations: evaluations.slice(-MAX_EVALUATIONS),
    imagesPerSecond: timing.imagesPerSecond,
    estimatedDollars: timing.estimatedDollars,
  };

  async function report(saved: CheckpointRef | null) {
    const timing = stopwatch.read((trainer.step - start.step) * plan.config.batchSize);
    const evaluation = evaluations.at(-1)?.step === trainer.step ? evaluations.at(-1) : undefined;
    await writeMetrics(store, runId, {
      formatVersion: 1,
      step: trainer.step,
      epoch: epoch(),
      loss: trainer.loss,
      trainAccuracy: evaluation?.trainAccuracy ?? null,
      testAccuracy: evaluation?.testAccuracy ?? null,
      checkpoint: saved,
      timing,
    });
    return timing;
  }
}
