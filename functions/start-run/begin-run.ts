/** Begins a run, or finds where an earlier execution of the same run has left it. */

import type { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import type { Backend } from '../../core/kernels/engine.ts';
import { Trainer } from '../../core/training/trainer.ts';
import { KEYS } from '../contract/keys.ts';
import { along } from '../contract/states.ts';
import { shapeOf } from '../dataset/manifest.ts';
import { logger } from '../observe/logging.ts';
import { retriesDollars, slowest } from '../run/caps.ts';
import { saveCheckpoint } from '../run/checkpoint-store.ts';
import { openRunData, type RunData } from '../run/data.ts';
import { evaluate } from '../run/evaluate.ts';
import { nextBest, progressAt, reported } from '../run/progress.ts';
import { runConfigOf } from '../run/run-config.ts';
import { setRunning } from '../run/status.ts';
import { writeMetrics } from '../run/step-metrics.ts';
import type { Stopwatch } from '../run/stopwatch.ts';
import { evaluationOf, paceOf, type Whereabouts, whereItWas } from '../run/where-it-was.ts';
import { foldMetrics } from '../run-index/metrics.ts';
import type { JobConfig } from '../schemas/config.ts';
import { type RunConfig, runConfig, type StepMetrics } from '../schemas/documents.ts';
import { withSizes } from '../schemas/layers.ts';
import { type CheckpointRef, notBegun } from '../schemas/parts.ts';
import type { BestCheckpoint, LoopState, RunProgress, startRunInput } from '../schemas/payloads.ts';
import { chargeFor, type Prices } from '../schemas/prices.ts';
import { ConflictError } from '../store/errors.ts';
import { canonicalJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { createDocument } from '../store/verified.ts';
import { asSweepRun, beginningOf } from './sweep-run.ts';

export interface StartRequest extends z.output<typeof startRunInput> {
  store: ObjectStore;
  stopwatch: Stopwatch;
  backend: (config: JobConfig) => Backend;
  /** Chunks that one execution may train after the first. */
  turnsPerExecution: number;
  /** Rounds that it may, where the run goes by rounds; by default as many. */
  roundsPerExecution?: number;
  /** Milliseconds until the invocation is cut off. */
  remainingMs: () => number;
  /** The time in milliseconds since the epoch. */
  now: () => number;
}

export interface Begun {
  run: RunConfig;
  progress: RunProgress;
  data: RunData;
  /** Where the run stands. */
  trainer: Trainer;
  at: { checkpoint: CheckpointRef; best: BestCheckpoint | null };
  loop: LoopState;
  /** What the run has cost before this invocation. */
  runDollars: number;
}

/**
 * Writes config, status and the first checkpoint with its evaluation; on a run that exists finds its newest verified
 * checkpoint instead.
 *
 * @throws ConflictError when the run's id belongs to another config; ConfigError when config and dataset don't fit, or
 *   the execution's name is of a run that is not there
 */
export async function beginRun(request: StartRequest): Promise<Begun> {
  const { store, runId, manifestSha256, stopwatch } = request;
  const now = new Date(request.now());
  const backend = request.backend(request.config);
  const data = await stopwatch.time('load', () => openRunData(store, request, backend, stopwatch.memoryMb));
  const { manifest } = data;
  const shape = shapeOf(manifest);
  // From here on the config is what it would be with all sizes written out: the run's digest is the same.
  const config = withSizes(request.config, shape);
  if (request.executionName !== runId && request.sweep === undefined) await checkBegun(request);
  const planned = runConfigOf(runId, config, manifest, manifestSha256);
  const run = await createRun(store, asSweepRun(planned, request, request.turnsPerExecution));
  const startedAt = await setRunning(store, runId, run, now);
  const { executionName, turnsPerExecution, roundsPerExecution = turnsPerExecution } = request;
  const begun = {
    turnsLeft: run.rounds === undefined ? turnsPerExecution : roundsPerExecution,
    continueAs: nextName(runId, executionName),
    // There StartRun takes about what it has taken here for loading.
    continueDollars: chargeForPreparation(true, stopwatch.prices) + stopwatch.dollars(0),
    startedAt,
    ...(run.rounds === undefined ? {} : { turnBegan: now.toISOString() }),
  };
  const resumed = await whereItWas(store, run);
  const runDollars = (resumed?.runDollars ?? 0) + chargeBefore(request, run, resumed);
  if (resumed !== undefined) {
    const { saved, start, best, newest } = resumed;
    logger.info('resuming', { runId, step: saved.step, runDollars: resumed.runDollars });
    const unfolded = [...(await foldMetrics(store, runId, newest))];
    const loop = { ...begun, unfolded, pace: slowest(paceOf(saved, run), stopwatch.pace()) };
    const trainer = new Trainer(config, data.train, start, backend);
    const progress = progressOf(run, saved, best, loop, stopwatch.read(0, runDollars));
    return { run, progress, data, trainer, at: { checkpoint: saved.checkpoint, best }, loop, runDollars };
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
    timing: { ...stopwatch.read(0, runDollars), pace: stopwatch.pace() },
  };
  await writeMetrics(store, runId, metrics);
  const best = nextBest(run, null, evaluation, checkpoint);
  const loop = { ...begun, unfolded: [0], pace: stopwatch.pace() };
  const progress = progressOf(run, metrics, best, loop, stopwatch.read(0, runDollars));
  return { run, progress, data, trainer, at: { checkpoint, best }, loop, runDollars };
}

/**
 * Writes the run's config. One that an earlier version began stays as it was cut into chunks then.
 *
 * @returns what is stored
 * @throws ConflictError when it is of another run
 */
async function createRun(store: ObjectStore, run: RunConfig): Promise<RunConfig> {
  const stored = await createDocument(store, runConfig, KEYS.runConfig(run.runId), run);
  const deciding = ({ chunkSteps, saveEverySteps, ...others }: RunConfig) => canonicalJson(others);
  if (deciding(stored) === deciding(run)) return stored;
  throw new ConflictError(`run ${run.runId} exists with another config; choose another name`);
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

/** `run.1` after `run`, `run.8` after `run.7`. */
function nextName(runId: string, executionName: string): string {
  const number = executionName.slice(runId.length + 1);
  return `${runId}.${Number(number === '' ? 0 : number) + 1}`;
}

/** What the execution has cost before this attempt that nobody has written down. */
function chargeBefore(
  { runId, executionName, retries, stopwatch }: StartRequest,
  { sweep }: RunConfig,
  resumed: Whereabouts | undefined,
): number {
  const { prices } = stopwatch;
  const isOtherExecution = executionName !== runId;
  // Only attempts of the run's first execution can have written of it, and they have counted what came before them.
  if (retries > 0 && resumed !== undefined && !isOtherExecution) return 0;
  const before =
    sweep === undefined
      ? chargeForPreparation(isOtherExecution, prices)
      : chargeFor({ transitions: along('sweepRun').transitions }, prices);
  return before + retriesDollars({ retries, stopwatch });
}

/**
 * What the states before this function have cost. The compute of preparing the dataset is not in it: it is done once
 * for all runs.
 */
function chargeForPreparation(continues: boolean, prices: Prices): number {
  const { transitions, invocations } = continues ? along('continuing', 'preparing') : along('preparing');
  return chargeFor({ transitions, invocations }, prices);
}

function progressOf(
  run: RunConfig,
  saved: Whereabouts['saved'],
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
