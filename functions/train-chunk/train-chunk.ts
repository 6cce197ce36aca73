/** Advances a run by one chunk: load a checkpoint, train, evaluate on the way, save the next checkpoint. */
import { type Backend, Trainer } from '../../core/index.ts';
import { loadCheckpoint, saveCheckpoint } from '../shared/checkpoint-store.ts';
import { KEYS } from '../shared/contract.ts';
import { IntegrityError } from '../shared/errors.ts';
import { evaluate } from '../shared/evaluate.ts';
import { type LoadedDataset, loadDataset } from '../shared/load-dataset.ts';
import { logger } from '../shared/logging.ts';
import type { ObjectStore } from '../shared/object-store.ts';
import { hasStopped, nextBest, progressAt } from '../shared/run-progress.ts';
import {
  type BestSoFar,
  type CheckpointRef,
  type Evaluation,
  MAX_EVALUATIONS,
  type RunConfig,
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
  best: BestSoFar | null;
  /** Milliseconds until the invocation is cut off. */
  remainingMs: () => number;
  stopwatch: Stopwatch;
  /** Where a run's arithmetic goes on. */
  backend: (config: RunConfig['config']) => Backend;
}

/** Left for the last evaluation and the writes; far more than either takes. */
const SAFETY_MARGIN_MS = 30_000;

/**
 * Trains to the end of the chunk, or to a step before it when time runs short, but always at least one step.
 *
 * @throws IntegrityError when the checkpoint isn't the one that the run's state names
 * @throws TrainingDivergedError when an output is no longer finite
 */
export async function trainChunk(request: ChunkRequest): Promise<RunProgress> {
  const { store, runId, stopwatch, remainingMs } = request;
  const plan = await getDocument(store, runConfig, KEYS.runConfig(runId));
  const [dataset, trainer] = await stopwatch.time('load', () => loadTrainer(request, plan));
  const firstStep = trainer.step;
  const end = Math.min(firstStep + plan.chunkSteps, plan.totalSteps);
  // A function with less time than the margin in all still has half of it for training.
  const stopAt = Math.min(SAFETY_MARGIN_MS, remainingMs() / 2);
  const isShortOfTime = () => remainingMs() <= stopAt;

  const evaluations: Evaluation[] = [];
  let best = request.best;
  let isOver = trainer.step >= end;
  let saved: CheckpointRef | null = null;
  while (!isOver) {
    const nextEvaluation = (Math.floor(trainer.step / plan.evaluateEverySteps) + 1) * plan.evaluateEverySteps;
    await stopwatch.time('train', () => trainer.advance(Math.min(end, nextEvaluation), isShortOfTime));
    const isDue = trainer.step % plan.evaluateEverySteps === 0 || trainer.step === plan.totalSteps;
    const evaluation = isDue
      ? await stopwatch.time('evaluate', () => evaluate(plan, trainer, dataset))
      : null;
    if (evaluation !== null) {
      evaluations.push(evaluation);
      best = nextBest(plan, best, evaluation, null);
      if (best?.step === trainer.step && plan.config.earlyStopping?.restoreBest) {
        saved = await save();
        best = { ...best, checkpoint: saved };
      }
    }
    isOver = trainer.step >= end || isShortOfTime() || hasStopped(plan, best);
    if (isOver) {
      if (trainer.step < end) logger.info('stopped early', { runId, step: trainer.step, end, best });
      saved ??= await save();
    }
    if (isOver || evaluation !== null) await report(evaluation);
    if (!isOver) saved = null;
  }
  const { imagesPerSecond, estimatedDollars } = timing();
  return progressAt(
    plan,
    { step: trainer.step, checkpoint: saved ?? request.checkpoint, loss: trainer.loss, best },
    { evaluations: evaluations.slice(-MAX_EVALUATIONS), imagesPerSecond, estimatedDollars },
  );

  function save(): Promise<CheckpointRef> {
    return stopwatch.time('save', () => saveCheckpoint(store, runId, trainer.checkpoint(plan.configHash)));
  }

  function timing() {
    return stopwatch.read((trainer.step - firstStep) * plan.config.batchSize);
  }

  async function report(evaluation: Evaluation | null): Promise<void> {
    await writeMetrics(store, runId, {
      formatVersion: 1,
      step: trainer.step,
      epoch: trainer.step / plan.stepsPerEpoch,
      loss: trainer.loss,
      trainAccuracy: evaluation?.trainAccuracy ?? null,
      testAccuracy: evaluation?.testAccuracy ?? null,
      checkpoint: saved,
      timing: timing(),
    });
  }
}

async function loadTrainer(request: ChunkRequest, plan: RunConfig): Promise<[LoadedDataset, Trainer]> {
  const { store, checkpoint } = request;
  const dataset = await loadDataset(store, plan.config.dataset, plan.manifestSha256);
  const start = await loadCheckpoint(store, checkpoint, plan.configHash);
  if (start.step !== request.step) {
    throw new IntegrityError(`${checkpoint.key} is of step ${start.step}, expected ${request.step}`);
  }
  const backend = request.backend(plan.config);
  backend.place(dataset.test.x);
  return [dataset, new Trainer(plan.config, dataset.train, start, backend)];
}
