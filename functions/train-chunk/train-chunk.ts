/** Advances a run by one chunk: load a checkpoint, train, evaluate on the way, save the next checkpoint. */

import type { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import { KEYS } from '../contract/keys.ts';
import { logger } from '../observe/logging.ts';
import { retriesDollars, stoppedBy } from '../run/caps.ts';
import { saveCheckpoint } from '../run/checkpoint-store.ts';
import { evaluate } from '../run/evaluate.ts';
import { loadTrainer, type TrainerRequest } from '../run/load-trainer.ts';
import { afterTurn, hasStopped, nextBest, progressAt, reported } from '../run/progress.ts';
import { figuresOf, NOT_EVALUATED, writeMetrics } from '../run/step-metrics.ts';
import { runConfig, type StepMetrics } from '../schemas/documents.ts';
import type { CheckpointRef } from '../schemas/parts.ts';
import type { RunProgress, StepEvaluation, trainChunkInput } from '../schemas/payloads.ts';
import { getDocument } from '../store/verified.ts';
import { ChunkLimits } from './limits.ts';

/** `runDollars` is the estimated cost of the run before this chunk. */
export interface ChunkRequest extends TrainerRequest, z.output<typeof trainChunkInput> {
  /** Milliseconds until the invocation is cut off. */
  remainingMs: () => number;
  /** The time in milliseconds since the epoch. */
  now: () => number;
}

/**
 * Trains to the end of the chunk, or to a step before it when time runs short or a cap of the config is near, but always
 * at least one step.
 *
 * @throws IntegrityError when the checkpoint isn't the one that the run's state names
 * @throws TrainingDivergedError when an output is no longer finite
 */
export async function trainChunk(request: ChunkRequest): Promise<RunProgress> {
  const { store, runId, stopwatch } = request;
  const run = await getDocument(store, runConfig, KEYS.runConfig(runId));
  if (run.rounds !== undefined) {
    throw new ConfigError(
      `workers: run ${runId} has ${run.rounds.workers}, and goes by rounds, not by chunks`,
    );
  }
  const [data, trainer] = await stopwatch.time('load', () => loadTrainer(request, run));
  const firstStep = trainer.step;
  const end = Math.min(firstStep + run.chunkSteps, run.totalSteps);
  let dollarsBefore = request.runDollars + retriesDollars(request);
  const limits = new ChunkLimits({ ...request, config: run.config, dollarsBefore: () => dollarsBefore });

  const evaluations: StepEvaluation[] = [];
  let best = request.best;
  let isOver = trainer.step >= end;
  let saved: CheckpointRef | null = null;
  let stopped: string | undefined;
  while (!isOver) {
    const nextEvaluation = (Math.floor(trainer.step / run.evaluateEverySteps) + 1) * run.evaluateEverySteps;
    await stopwatch.time('train', () =>
      data.advance(trainer, Math.min(end, nextEvaluation), () => limits.endsWithNextStep()),
    );
    limits.endSteps();
    const isDue = trainer.step % run.evaluateEverySteps === 0 || trainer.step === run.totalSteps;
    stopped = reasonToStop(isDue);
    const evaluation =
      isDue || stopped !== undefined
        ? await stopwatch.time('evaluate', () => evaluate(run, trainer, data))
        : null;
    if (evaluation !== null) {
      evaluations.push(evaluation);
      best = nextBest(run, best, evaluation, null);
      if (best?.step === trainer.step && run.config.earlyStopping?.restoreBest) {
        saved = await save();
        best = { ...best, checkpoint: saved };
      }
    }
    isOver = isAtEnd() || stopped !== undefined;
    if (isOver) {
      if (trainer.step < end) logger.info('stopped early', { runId, step: trainer.step, end, best, stopped });
      saved ??= await save();
    }
    if (isOver || evaluation !== null) {
      const stored = await report(evaluation);
      if (stopped !== undefined && stored.stopped === undefined) {
        // An attempt before this one did not end here, and what it wrote stays: the run ends a step later.
        stopped = undefined;
        isOver = isAtEnd();
      }
    }
    if (!isOver) saved = null;
  }
  const { imagesPerSecond, estimatedDollars, runDollars } = timing();
  return progressAt(
    run,
    { step: trainer.step, checkpoint: saved ?? request.checkpoint, loss: trainer.loss, best, stopped },
    {
      evaluations: reported(evaluations),
      imagesPerSecond,
      estimatedDollars,
      runDollars,
      loop: { ...afterTurn(request, 'turn'), pace: limits.pace },
    },
  );

  function isAtEnd(): boolean {
    return trainer.step >= end || limits.isShortOfTime() || hasStopped(run, best);
  }

  function reasonToStop(isDue: boolean): string | undefined {
    if (trainer.step >= run.totalSteps) return undefined;
    const cap = limits.capReached(isDue, trainer.step >= end || limits.isShortOfTime());
    return cap && stoppedBy(cap, trainer.step, run.totalSteps);
  }

  function save(): Promise<CheckpointRef> {
    return stopwatch.time('save', () => saveCheckpoint(store, runId, trainer.checkpoint(run.configHash)));
  }

  function timing() {
    return stopwatch.read((trainer.step - firstStep) * run.config.batchSize, dollarsBefore);
  }

  /** @returns what is stored, which an earlier attempt may have written */
  async function report(evaluation: StepEvaluation | null): Promise<StepMetrics> {
    const own: StepMetrics = {
      formatVersion: 1,
      step: trainer.step,
      epoch: trainer.step / run.stepsPerEpoch,
      loss: trainer.loss,
      ...(evaluation === null ? NOT_EVALUATED : figuresOf(evaluation)),
      checkpoint: saved,
      ...(stopped === undefined ? {} : { stopped }),
      timing: timing(),
    };
    const stored = await writeMetrics(store, runId, own);
    // What another attempt had spent when it was here is lost, but paid for.
    if (stored !== own) {
      dollarsBefore = Math.max(dollarsBefore, stored.timing.runDollars);
    }
    return stored;
  }
}
