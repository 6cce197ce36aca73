/** Begins a run, or finds where an earlier execution of the same run has left it. */

import type { TrainingConfig } from '../../core/training/config.ts';
import { Trainer } from '../../core/training/trainer.ts';
import { validateAgainstDataset } from '../../core/training/validate.ts';
import { loadCheckpoint, saveCheckpoint } from '../shared/checkpoint-store.ts';
import { KEYS } from '../shared/contract.ts';
import { ConflictError, IntegrityError, NotFoundError } from '../shared/errors.ts';
import { encodeJson } from '../shared/json.ts';
import { loadDataset } from '../shared/load-dataset.ts';
import { logger } from '../shared/logging.ts';
import type { ObjectStore } from '../shared/object-store.ts';
import { setStatus } from '../shared/run-status.ts';
import {
  type Evaluation,
  type RunConfig,
  type RunProgress,
  type StepMetrics,
  stepMetrics,
} from '../shared/schemas.ts';
import { writeMetrics } from '../shared/step-metrics.ts';
import type { Stopwatch } from '../shared/stopwatch.ts';
import { findDocument } from '../shared/verified.ts';
import { planRun } from './plan.ts';

export interface StartRequest {
  store: ObjectStore;
  runId: string;
  config: TrainingConfig;
  manifestSha256: string;
  stopwatch: Stopwatch;
  now?: Date;
}

/**
 * Writes config, status and checkpoint 0 with its evaluation; on a run that exists answers with its newest verified
 * checkpoint instead.
 *
 * @throws ConflictError when the run's id belongs to another config; ConfigError when config and dataset don't fit
 */
export async function startRun(request: StartRequest): Promise<RunProgress> {
  const { store, runId, config, manifestSha256, stopwatch, now = new Date() } = request;
  const dataset = await stopwatch.time('load', () => loadDataset(store, config.dataset, manifestSha256));
  const { train, test, manifest } = dataset;
  validateAgainstDataset(config, {
    inputSize: train.x.columns,
    classes: manifest.classes,
    trainSize: train.x.rows,
  });
  const plan = planRun(runId, config, manifest, manifestSha256);
  try {
    await store.createImmutable(KEYS.runConfig(runId), encodeJson(plan));
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    throw new ConflictError(`run ${runId} exists with another config; choose another name`, { cause: error });
  }
  await setStatus(store, runId, { state: 'running', totalSteps: plan.totalSteps }, now);

  const newest = await newestCheckpoint(store, plan);
  if (newest !== undefined) {
    logger.info('resuming', { runId, step: newest.step });
    return progressOf(plan, newest, stopwatch);
  }
  const trainer = new Trainer(config, train);
  const [trainAccuracy, testAccuracy] = await stopwatch.time('evaluate', () => [
    trainer.network.accuracy(train),
    trainer.network.accuracy(test),
  ]);
  const checkpoint = await stopwatch.time('save', () =>
    saveCheckpoint(store, runId, trainer.checkpoint(plan.configHash)),
  );
  const metrics: StepMetrics = {
    formatVersion: 1,
    step: 0,
    epoch: 0,
    loss: null,
    trainAccuracy: trainAccuracy!,
    testAccuracy: testAccuracy!,
    checkpoint,
    timing: stopwatch.read(0),
  };
  await writeMetrics(store, runId, metrics);
  return progressOf(plan, { ...metrics, checkpoint }, stopwatch);
}

type SavedMetrics = StepMetrics & { checkpoint: NonNullable<StepMetrics['checkpoint']> };

/** The newest metrics of the run whose checkpoint is there, unchanged and of this training. */
async function newestCheckpoint(store: ObjectStore, plan: RunConfig): Promise<SavedMetrics | undefined> {
  const keys = await store.list(KEYS.metricsPrefix(plan.runId));
  for (const key of keys.reverse()) {
    const metrics = await findDocument(store, stepMetrics, key);
    if (metrics?.checkpoint == null) continue;
    const saved = { ...metrics, checkpoint: metrics.checkpoint };
    try {
      await loadCheckpoint(store, saved.checkpoint, plan.configHash);
      return saved;
    } catch (error) {
      // A lost or damaged checkpoint costs the steps since the one before it, not the run.
      if (!(error instanceof IntegrityError || error instanceof NotFoundError)) throw error;
      logger.warn('checkpoint skipped', { key: saved.checkpoint.key, reason: error.message });
    }
  }
  return undefined;
}

function progressOf(plan: RunConfig, saved: SavedMetrics, stopwatch: Stopwatch): RunProgress {
  return {
    runId: plan.runId,
    step: saved.step,
    totalSteps: plan.totalSteps,
    epoch: saved.epoch,
    done: saved.step >= plan.totalSteps,
    checkpoint: saved.checkpoint,
    loss: saved.loss,
    evaluations: evaluationOf(saved),
    imagesPerSecond: 0,
    estimatedDollars: stopwatch.read(0).estimatedDollars,
  };
}

function evaluationOf({ step, epoch, loss, trainAccuracy, testAccuracy }: StepMetrics): Evaluation[] {
  if (trainAccuracy === null || testAccuracy === null) return [];
  return [{ step, epoch, loss, trainAccuracy, testAccuracy }];
}
