/** Trains a run as far as an invocation goes: evaluates and saves on the way, so that whoever comes after goes on from there. */
import type { Trainer } from '../../core/training/trainer.ts';
import { LARGE_CHECKPOINT_BYTES } from '../contract/data.ts';
import { logger } from '../observe/logging.ts';
import { foldMetrics } from '../run-index/metrics.ts';
import type { RunConfig, StepMetrics } from '../schemas/documents.ts';
import type { CheckpointRef } from '../schemas/parts.ts';
import type { BestCheckpoint, LoopState, RunProgress, StepEvaluation } from '../schemas/payloads.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { stoppedBy } from './caps.ts';
import { beginSaving, type Saving } from './checkpoint-store.ts';
import { ChunkLimits } from './chunk-limits.ts';
import type { RunData } from './data.ts';
import { evaluate } from './evaluate.ts';
import { hasStopped, nextBest, progressAt, reported } from './progress.ts';
import { figuresOf, NOT_EVALUATED, writeMetrics } from './step-metrics.ts';
import type { Stopwatch } from './stopwatch.ts';
import { Writes } from './writes.ts';

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

/** The first of the steps after `step` after which the run is evaluated. */
export const nextEvaluation = ({ evaluateEverySteps, totalSteps }: RunConfig, step: number): number =>
  Math.min(nextOf(evaluateEverySteps, step), totalSteps);

/**
 * Steps whose checkpoints and metrics are written while others are trained: S3 takes a tenth of a second for a request,
 * as an epoch of a small network does.
 */
const MOST_WRITTEN = 4;
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
  let { stopped } = chunk;
  // An attempt before this one may have left so many that they would not fit into the loop's state.
  let unfolded = await foldMetrics(store, runId, [...new Set(chunk.loop.unfolded)]);
  let checkpoint: CheckpointRef | null = null;
  let isOver = trainer.step >= end || stopped !== undefined || hasStopped(run, best);
  /** Of steps, while the next ones are trained. */
  const writes = new Writes<StepMetrics>();
  try {
    while (!isOver) {
      const evaluated = nextEvaluation(run, trainer.step);
      const kept = nextOf(saveEvery(run), trainer.step);
      // A step before an evaluation that takes long, so that an attempt which ends in it leaves all but that step.
      const early = limits.isEvaluationLong() && trainer.step < evaluated - 1 ? evaluated - 1 : kept;
      const until = Math.min(end, evaluated, kept, early);
      await stopwatch.time('train', () =>
        data.advance(
          trainer,
          until,
          () => limits.endsWithNextStep(),
          () => writes.size > 0,
        ),
      );
      limits.endSteps();
      const isDue = trainer.step === evaluated;
      const isKept = trainer.step === kept || trainer.step === early;
      // Nothing else goes on while a network is evaluated, and so nothing would be written either.
      if (isDue && limits.isEvaluationLong()) await written(1);
      stopped = reasonToStop(isDue, isKept);
      const evaluation =
        isDue || stopped !== undefined
          ? await stopwatch.time('evaluate', () => evaluate(run, trainer, data))
          : null;
      let isBest = false;
      if (evaluation !== null) {
        evaluations.push(evaluation);
        best = nextBest(run, best, evaluation, null);
        isBest = best?.step === trainer.step && run.config.earlyStopping?.restoreBest === true;
      }
      isOver = isAtEnd() || stopped !== undefined;
      if (isOver && trainer.step < end) {
        logger.info('stopped early', { runId, step: trainer.step, end, best, stopped });
      }
      if (isOver || isKept || evaluation !== null) {
        await written(mostWritten());
        const saving = isOver || isKept || isBest ? save() : undefined;
        checkpoint = saving?.ref ?? null;
        if (isBest) best = { ...best!, checkpoint };
        begin(evaluation, saving);
        if (isOver) {
          const stored = (await written(1))!;
          if (stopped !== undefined && stored.stopped === undefined) {
            // An attempt before this one did not end here, and what it wrote stays: the run ends a step later.
            stopped = undefined;
            isOver = isAtEnd();
          }
        }
      }
    }
  } finally {
    // Whatever ends the chunk, nothing of it goes on afterwards.
    await writes.settle();
  }
  const { imagesPerSecond, estimatedDollars, runDollars } = timing(trainer.step);
  return progressAt(
    run,
    { step: trainer.step, checkpoint: checkpoint ?? chunk.checkpoint, loss: trainer.loss, best, stopped },
    {
      evaluations: reported(evaluations),
      imagesPerSecond,
      estimatedDollars,
      runDollars,
      loop: { ...chunk.loop, unfolded: [...unfolded], pace: limits.pace },
    },
  );

  function isAtEnd(): boolean {
    return trainer.step >= end || isShortOfTime() || hasStopped(run, best);
  }

  /** Whether there is none for another step. */
  function isShortOfTime(): boolean {
    const evaluates = nextEvaluation(run, trainer.step) === trainer.step + 1;
    return limits.isShortOfTime({ steps: 1, evaluates });
  }

  function reasonToStop(evaluates: boolean, saves: boolean): string | undefined {
    if (trainer.step >= run.totalSteps) return undefined;
    const inNextChunk = trainer.step >= end || isShortOfTime();
    const cap = limits.capReached({ evaluates, saves: saves || inNextChunk, inNextChunk });
    return cap && stoppedBy(cap, trainer.step, run.totalSteps);
  }

  function save(): Saving {
    return beginSaving(store, runId, trainer.checkpoint(run.configHash));
  }

  /** Lets the writing go on while the next steps are trained. */
  function begin(evaluation: StepEvaluation | null, saving: Saving | undefined): void {
    writes.begin((before) =>
      stopwatch.timeBeside('save', (uncounted) => report(evaluation, saving, () => uncounted(before))),
    );
  }

  /** Waits until of fewer than `most` steps something is being written. @returns what was written last */
  function written(most: number): Promise<StepMetrics | undefined> {
    return stopwatch.time('save', () => writes.below(most));
  }

  /** A cap is held to what has been spent, and so to what has been written. */
  function mostWritten(): number {
    const { maxDollars, maxSeconds } = run.config;
    const isLarge = (checkpoint ?? chunk.checkpoint).bytes >= LARGE_CHECKPOINT_BYTES;
    return isLarge || maxDollars !== undefined || maxSeconds !== undefined ? 1 : MOST_WRITTEN;
  }

  function timing(step: number): StepMetrics['timing'] {
    const images = (step - firstStep) * run.config.batchSize;
    return { ...stopwatch.read(images, dollarsBefore), pace: limits.pace };
  }

  /**
   * Writes the metrics of this step, once the checkpoint is there that they name, and the metrics before them: who goes on
   * with the run goes by all up to the newest.
   *
   * @param before waits for those
   * @returns what is stored, which an earlier attempt may have written
   */
  async function report(
    evaluation: StepEvaluation | null,
    saving: Saving | undefined,
    before: () => Promise<void>,
  ): Promise<StepMetrics> {
    const { step, loss } = trainer;
    const why = stopped === undefined ? {} : { stopped };
    await saving?.written;
    await before();
    const own: StepMetrics = {
      formatVersion: 1,
      step,
      epoch: step / run.stepsPerEpoch,
      loss,
      ...(evaluation === null ? NOT_EVALUATED : figuresOf(evaluation)),
      checkpoint: saving?.ref ?? null,
      ...why,
      timing: timing(step),
    };
    const stored = await writeMetrics(store, runId, own);
    unfolded = await foldMetrics(store, runId, [...unfolded, own.step]);
    // What another attempt had spent when it was here is lost, but paid for.
    if (stored !== own) {
      dollarsBefore = Math.max(dollarsBefore, stored.timing.runDollars);
    }
    return stored;
  }
}
