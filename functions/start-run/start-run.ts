/** Begins a run, or finds where an earlier execution of the same run has left it. */

import type { z } from 'zod';
import { ConfigError, IntegrityError } from '../../core/errors.ts';
import type { Backend } from '../../core/kernels/engine.ts';
import { Trainer } from '../../core/training/trainer.ts';
import { KEYS } from '../contract/keys.ts';
import { along } from '../contract/states.ts';
import { shapeOf } from '../dataset/manifest.ts';
import { logger } from '../observe/logging.ts';
import { slowest } from '../run/caps.ts';
import { loadCheckpoint, saveCheckpoint } from '../run/checkpoint-store.ts';
import { openRunData } from '../run/data.ts';
import { evaluate } from '../run/evaluate.ts';
import { nextBest, progressAt, reported } from '../run/progress.ts';
import { runConfigOf } from '../run/run-config.ts';
import { setRunning } from '../run/status.ts';
import { figuresOf, isEvaluated, writeMetrics } from '../run/step-metrics.ts';
import type { Stopwatch } from '../run/stopwatch.ts';
import type { JobConfig } from '../schemas/config.ts';
import type { DatasetManifest } from '../schemas/dataset.ts';
import { type RunConfig, type StepMetrics, stepMetrics } from '../schemas/documents.ts';
import { withSizes } from '../schemas/layers.ts';
import { notBegun } from '../schemas/parts.ts';
import type {
  BestCheckpoint,
  LoopState,
  Pace,
  RunProgress,
  StepEvaluation,
  startRunInput,
} from '../schemas/payloads.ts';
import { chargeFor, type Prices } from '../schemas/prices.ts';
import { validateAgainstDataset } from '../schemas/validate-against-dataset.ts';
import { ConflictError, NotFoundError } from '../store/errors.ts';
import { encodeJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { findDocument, getDocument } from '../store/verified.ts';
import { asSweepRun, beginningOf } from './sweep-run.ts';

export interface StartRequest extends z.output<typeof startRunInput> {
  store: ObjectStore;
  stopwatch: Stopwatch;
  backend: (config: JobConfig) => Backend;
  /** Chunks that one execution may train. */
  turnsPerExecution: number;
  /** Rounds that it may, where the run goes by rounds; by default as many. */
  roundsPerExecution?: number;
  now?: Date;
}

/**
 * Writes config, status and the first checkpoint with its evaluation; on a run that exists answers with its newest verified
 * checkpoint instead.
 *
 * @throws ConflictError when the run's id belongs to another config; ConfigError when config and dataset don't fit, or
 *   the execution's name is of a run that is not there
 */
export async function startRun(request: StartRequest): Promise<RunProgress> {
  const { store, runId, manifestSha256, stopwatch, now = new Date() } = request;
  const backend = request.backend(request.config);
  const data = await stopwatch.time('load', () => openRunData(store, request, backend, stopwatch.memoryMb));
  const { manifest } = data;
  const shape = shapeOf(manifest);
  // From here on the config is what it would be with all sizes written out: the run's digest is the same.
  const config = withSizes(request.config, shape);
  validateAgainstDataset(config, shape);
  if (request.executionName !== runId && request.sweep === undefined) await checkBegun(request);
  const planned = runConfigOf(runId, config, manifest, manifestSha256);
  const run = asSweepRun(planned, request, request.turnsPerExecution);
  const { created } = await store.tryCreate(KEYS.runConfig(runId), encodeJson(run));
  if (!created) throw new ConflictError(`run ${runId} exists with another config; choose another name`);
  const startedAt = await setRunning(store, runId, run, now);
  const { executionName, turnsPerExecution, roundsPerExecution = turnsPerExecution } = request;
  const loop = {
    turnsLeft: run.rounds === undefined ? turnsPerExecution : roundsPerExecution,
    continueAs: nextName(runId, executionName),
    // There StartRun takes about what it has taken here for loading.
    continueDollars: chargeForPreparation(manifest, true, stopwatch.prices) + stopwatch.dollars(0),
    startedAt,
    ...(run.rounds === undefined ? {} : { turnBegan: now.toISOString() }),
  };
  const preparation =
    run.sweep === undefined
      ? chargeForPreparation(manifest, executionName !== runId, stopwatch.prices)
      : chargeFor({ transitions: along('sweepRun').transitions }, stopwatch.prices);

  const resumed = await whereItWas(store, run);
  if (resumed !== undefined) {
    const { saved, best, runDollars } = resumed;
    logger.info('resuming', { runId, step: saved.step, runDollars });
    const pace = slowest(paceOf(saved, run), stopwatch.pace());
    return progressOf(run, saved, best, { ...loop, pace }, stopwatch.read(0, runDollars + preparation));
  }
  const trainer = new Trainer(config, data.train, await beginningOf(store, run), backend);
  const evaluation = await stopwatch.time('evaluate', () => evaluate(run, trainer, data));
  const checkpoint = await stopwatch.time('save', () =>
    saveCheckpoint(store, runId, trainer.checkpoint(run.configHash)),
  );
  const metrics = {
    formatVersion: 1 as const,
    ...evaluation,
    checkpoint,
    timing: stopwatch.read(0, preparation),
  };
  await writeMetrics(store, runId, metrics);
  const best = nextBest(run, null, evaluation, checkpoint);
  return progressOf(run, metrics, best, { ...loop, pace: stopwatch.pace() }, stopwatch.read(0, preparation));
}

/**
 * An execution called `run.2` goes on with the run `run`, and begins none: `cap-0.5` is no run of its own.
 *
 * @throws ConfigError when nothing of the run is there
 */
async function checkBegun({ store, runId, executionName }: StartRequest): Promise<void> {
  // A run that failed before this step has a status alone.
  for (const key of [KEYS.runConfig(runId), KEYS.status(runId)]) {
    if ((await store.get(key)) !== undefined) return;
  }
  throw new ConfigError(`name: ${notBegun(executionName, runId)}`);
}

type SavedMetrics = StepMetrics & { checkpoint: NonNullable<StepMetrics['checkpoint']> };

/** `run.1` after `run`, `run.8` after `run.7`. */
function nextName(runId: string, executionName: string): string {
  const number = executionName.slice(runId.length + 1);
  return `${runId}.${Number(number === '' ? 0 : number) + 1}`;
}

/**
 * What the execution has cost before this function. The compute of preparing the dataset is not in it: it is done once
 * for all runs.
 */
function chargeForPreparation({ sources }: DatasetManifest, continues: boolean, prices: Prices): number {
  const files = Object.keys(sources).length;
  const file = along('file');
  const { transitions, invocations } = continues ? along('continuing', 'preparing') : along('preparing');
  return chargeFor(
    {
      transitions: transitions + files * file.transitions,
      // StartRun counts itself.
      invocations: invocations - 1 + files * file.invocations,
    },
    prices,
  );
}

/** Of the invocation that wrote the metrics; it may have evaluated and saved several times, so this is rather slow. */
function paceOf({ timing }: SavedMetrics, { config: { batchSize } }: RunConfig): Pace {
  const { loadMs, imagesPerSecond, evaluateMs, saveMs } = timing;
  const stepMs = imagesPerSecond > 0 ? (batchSize / imagesPerSecond) * 1000 : 0;
  return { loadMs, stepMs, evaluateMs, saveMs };
}

/**
 * Where the run can go on: its newest metrics whose checkpoint is there, unchanged and of this training, as is that of
 * the best evaluation until then, which the run may have to end with; and what the run has cost, as far as it is
 * written: what a killed attempt spent after its last metrics is not known.
 */
async function whereItWas(
  store: ObjectStore,
  run: RunConfig,
): Promise<{ saved: SavedMetrics; best: BestCheckpoint | null; runDollars: number } | undefined> {
  let runDollars = 0;
  const keys = await store.list(KEYS.metricsPrefix(run.runId));
  for (const key of keys.reverse()) {
    const metrics = await findDocument(store, stepMetrics, key);
    runDollars = Math.max(runDollars, metrics?.timing.runDollars ?? 0);
    if (metrics?.checkpoint == null) continue;
    const saved = { ...metrics, checkpoint: metrics.checkpoint };
    const best = await bestUpTo(store, run, saved.step);
    try {
      await loadCheckpoint(store, saved.checkpoint, run.configHash);
      if (best?.checkpoint != null) await loadCheckpoint(store, best.checkpoint, run.configHash);
      return { saved, best, runDollars };
    } catch (error) {
      // A lost or damaged checkpoint costs the steps since the one before it, not the run.
      if (!(error instanceof IntegrityError || error instanceof NotFoundError)) throw error;
      logger.warn('checkpoint skipped', { step: saved.step, reason: error.message });
    }
  }
  return undefined;
}

/** What the training loop had as the best when it stood at `step`: the same fold over the same evaluations. */
async function bestUpTo(store: ObjectStore, run: RunConfig, step: number): Promise<BestCheckpoint | null> {
  if (run.config.earlyStopping === undefined) return null;
  let best: BestCheckpoint | null = null;
  for (const key of await store.list(KEYS.metricsPrefix(run.runId))) {
    const metrics = await getDocument(store, stepMetrics, key);
    if (metrics.step > step) break;
    for (const evaluation of evaluationOf(metrics)) {
      best = nextBest(run, best, evaluation, metrics.checkpoint);
    }
  }
  return best;
}

function progressOf(
  run: RunConfig,
  saved: SavedMetrics,
  best: BestCheckpoint | null,
  loop: LoopState,
  { estimatedDollars, runDollars }: StepMetrics['timing'],
): RunProgress {
  return progressAt(
    run,
    { ...saved, best },
    { evaluations: reported(evaluationOf(saved)), imagesPerSecond: 0, estimatedDollars, runDollars, loop },
  );
}

function evaluationOf(metrics: StepMetrics): StepEvaluation[] {
  const { step, epoch, loss } = metrics;
  return isEvaluated(metrics) ? [{ step, epoch, loss, ...figuresOf(metrics) }] : [];
}
