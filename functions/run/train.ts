/** Trains a run as far as an invocation goes: evaluates and saves on the way, so that whoever comes after goes on from there. */
import type { Trainer } from '../../core/training/trainer.ts';
import { logger } from '../observe/logging.ts';
import { foldMetrics } from '../run-index/metrics.ts';
import type { RunConfig, StepMetrics } from '../schemas/documents.ts';
import type { CheckpointRef } from '../schemas/parts.ts';
import type { BestCheckpoint, LoopState, RunProgress, StepEvaluation } from '../schemas/payloads.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { stoppedBy } from './caps.ts';
import { saveCheckpoint } from './checkpoint-store.ts';
import { ChunkLimits } from './chunk-limits.ts';
import type { RunData } from './data.ts';
import { evaluate } from './evaluate.ts';
import { hasStopped, nextBest, progressAt, reported } from './progress.ts';
import { figuresOf, NOT_EVALUATED, writeMetrics } from './step-metrics.ts';
import type { Stopwatch } from './stopwatch.ts';

export interface Chunk {
  store: ObjectStore;
  run: RunConfig;
  data: RunData;
  /** It stands where the chunk begins. */
  trainer: Trainer;
  /** Of that step. */
  checkpoint: CheckpointRef;
  best: BestCheckpoint | null;
  /** Why an attempt before this one ended the run there, where a cap did. */
  stopped?: string | undefined;
  /** Where the chunk ends at the latest. */
  end: number;
  /** Evaluations of this invocation before the chunk. */
  evaluations?: readonly StepEvaluation[];
  /** Estimated cost of the run before this invocation. */
  runDollars: number;
  /** As it is after this turn. */
  loop: LoopState;
  stopwatch: Stopwatch;
  /** Milliseconds until the invocation is cut off. */
  remainingMs: () => number;
  /** The time in milliseconds since the epoch. */
  now: () => number;
}

/** Where the chunk of a turn that begins at `step` ends at the latest. */
export const endOfChunk = ({ chunkSteps, totalSteps }: RunConfig, step: number): number =>
  Math.min(step + chunkSteps, totalSteps);

/** Steps between checkpoints. A run from before has them at the ends of its chunks alone. */
export const saveEvery = ({ saveEverySteps, chunkSteps }: RunConfig): number => saveEverySteps ?? chunkSteps;

/** The first of the steps that come `every` so many which is after `step`. */
export const nextOf = (every: number, step: number): number => (Math.floor(step / every) + 1) * every;

/**
 * Trains to the end of the chunk, or to a step before it when time runs short or a cap of the config is near, but always
 * at least one step, unless the chunk or the run is over where it begins.
 *
 * @throws TrainingDivergedError when an output is no longer finite
 */
export async function trainChunkOf(chunk: Chunk): Promise<RunProgress> {
  const { store, run, data, trainer, end, stopwatch } = chunk;
  const { runId } = run;
  const firstStep = trainer.step;
  let dollarsBefore = chunk.runDollars;
  const limits = new ChunkLimits({ ...chunk, config: run.config, dollarsBefore: () => dollarsBefore });

  const evaluations: StepEvaluation[] = [...(chunk.evaluations ?? [])];
  let best = chunk.best;
  let saved: CheckpointRef | null = null;
  let { stopped } = chunk;
  // An attempt before this one may have left so many that they would not fit into the loop's state.
  let unfolded = await foldMetrics(store, runId, [...new Set(chunk.loop.unfolded)]);
  let isOver = trainer.step >= end || stopped !== undefined || hasStopped(run, best);
  while (!isOver) {
    const until = Math.min(
      end,
      nextOf(run.evaluateEverySteps, trainer.step),
      nextOf(saveEvery(run), trainer.step),
    );
    await stopwatch.time('train', () => data.advance(trainer, until, () => limits.endsWithNextStep()));
    limits.endSteps();
    const isDue = trainer.step % run.evaluateEverySteps === 0 || trainer.step === run.totalSteps;
    const isKept = trainer.step % saveEvery(run) === 0;
    stopped = reasonToStop(isDue, isKept);
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
    if (isOver && trainer.step < end) {
      logger.info('stopped early', { runId, step: trainer.step, end, best, stopped });
    }
    if (isOver || isKept) saved ??= await save();
    if (saved !== null || evaluation !== null) {
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
    { step: trainer.step, checkpoint: saved ?? chunk.checkpoint, loss: trainer.loss, best, stopped },
    {
      evaluations: reported(evaluations),
      imagesPerSecond,
      estimatedDollars,
      runDollars,
      loop: { ...chunk.loop, unfolded: [...unfolded], pace: limits.pace },
    },
  );

  function isAtEnd(): boolean {
    return trainer.step >= end || limits.isShortOfTime() || hasStopped(run, best);
  }

  function reasonToStop(evaluates: boolean, saves: boolean): string | undefined {
    if (trainer.step >= run.totalSteps) return undefined;
    const inNextChunk = trainer.step >= end || limits.isShortOfTime();
    const cap = limits.capReached({ evaluates, saves: saves || inNextChunk, inNextChunk });
    return cap && stoppedBy(cap, trainer.step, run.totalSteps);
  }

  function save(): Promise<CheckpointRef> {
    return stopwatch.time('save', () => saveCheckpoint(store, runId, trainer.checkpoint(run.configHash)));
  }

  function timing(): StepMetrics['timing'] {
    const images = (trainer.step - firstStep) * run.config.batchSize;
    return { ...stopwatch.read(images, dollarsBefore), pace: limits.pace };
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
    unfolded = await stopwatch.time('save', () => foldMetrics(store, runId, [...unfolded, own.step]));
    // What another attempt had spent when it was here is lost, but paid for.
    if (stored !== own) {
      dollarsBefore = Math.max(dollarsBefore, stored.timing.runDollars);
    }
    return stored;
  }
}
