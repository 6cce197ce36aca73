/**
 * Data-parallel training: synchronous local SGD. In a round each worker starts from the same checkpoint and trains its
 * own part of the round's steps, at most `localIterations` of them; then the parts' results are averaged
 * (average-checkpoints.ts), which is where the next round starts.
 *
 * A run's steps are those of the sequential run, whoever trains them: step i trains on batch i, a step is `batchSize`
 * samples, and `iterations`, `epochs`, evaluations and checkpoints are counted in steps. So a round of k workers and h
 * local iterations goes h·k steps forward, and every k and h trains on the samples of the sequential run, each once:
 * within an epoch parts are disjoint wherever the sampling visits a sample once an epoch. Worker w of round r takes the
 * h steps from (r·k + w)·h, neighbours, so that with "shardShuffle" few shards are read by more than one worker. What
 * is left at the run's end is a shorter round, shared out evenly.
 *
 * The t-th step of every part takes the learning rate of step r·h·k + t·k, because that many are trained by then if the
 * workers keep pace, times the k workers of the round: the mean of k updates goes as far as one of them, and k times as
 * far is what the sequential run goes on as many samples (the linear scaling rule of P. Goyal et al., "Accurate, Large
 * Minibatch SGD", 2017; a warm-up helps where k is large). Adam's bias correction counts r·h + t, the updates that its
 * means have seen on their way there.
 *
 * With k = 1 all of it is the sequential run's, whatever h.
 */
import { ConfigError } from '../errors.ts';
import { stepsPerEpoch, type TrainingConfig, totalSteps } from './config.ts';

export interface Workers {
  /** k, from 1. */
  workers: number;
  /** h, from 1. */
  localIterations: number;
}

export interface Round extends Workers {
  /** r, 0-based. */
  index: number;
  /** First step. */
  start: number;
  /** The step after the last. */
  end: number;
}

/** One worker's part of a round: neighbouring steps. */
export interface WorkerPart {
  round: Round;
  worker: number;
  /** First step. */
  first: number;
  /** The step after the last. */
  end: number;
}

/**
 * Into how many parts a run's rounds are divided, and how long they are: by default all of them together train about an
 * epoch, or the whole run where that is shorter. undefined for a sequential run.
 */
export function workersOf(config: TrainingConfig, trainSize: number): Workers | undefined {
  const { workers, localIterations, batchSize } = config;
  if (workers === undefined) return undefined;
  const steps = Math.min(stepsPerEpoch(batchSize, trainSize), totalSteps(config, trainSize));
  return { workers, localIterations: localIterations ?? Math.max(1, Math.floor(steps / workers)) };
}

/** Steps between evaluations that are asked for nowhere: those of the whole rounds that come nearest to an epoch. */
export function evaluateAfter({ workers, localIterations }: Workers, perEpoch: number): number {
  const steps = workers * localIterations;
  return steps * Math.max(1, Math.round(perEpoch / steps));
}

/**
 * The round that begins at step `start`.
 *
 * @param totalSteps of the run
 * @throws ConfigError when no round begins there, or workers or localIterations are no whole numbers from 1
 */
export function roundAt(start: number, { workers, localIterations }: Workers, totalSteps: number): Round {
  for (const [name, value] of Object.entries({ workers, localIterations })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new ConfigError(`${name}: got ${value}, expected a whole number from 1`);
  }
  const steps = workers * localIterations;
  if (!(start >= 0 && start < totalSteps && start % steps === 0)) {
    throw new ConfigError(
      `step: got ${start}, expected a multiple of ${steps} below ${totalSteps}, where rounds of ${workers} workers begin`,
    );
  }
  return {
    workers,
    localIterations,
    index: start / steps,
    start,
    end: Math.min(start + steps, totalSteps),
  };
}

/** The parts of a round, worker 0 first; those without a step, at the run's end, are left out. */
export function partsOf(round: Round): WorkerPart[] {
  const { start, end, workers } = round;
  const at = (worker: number): number => start + Math.floor(((end - start) * worker) / workers);
  return Array.from({ length: workers }, (_, worker) => ({
    round,
    worker,
    first: at(worker),
    end: at(worker + 1),
  })).filter((part) => part.end > part.first);
}

/** What the update of one of a part's steps is by its place in the run. */
export interface PlaceInRun {
  /** Step whose learning rate it takes, */
  rateStep: number;
  /** times this. */
  factor: number;
  /** Updates before it on its way from the run's start, for Adam. */
  updates: number;
}

export function placeInRun({ round, first }: WorkerPart, step: number): PlaceInRun {
  const { index, start, end, workers, localIterations } = round;
  const t = step - first;
  return {
    rateStep: start + t * workers,
    // A short round at the run's end may have fewer steps than workers.
    factor: Math.min(workers, end - start),
    updates: index * localIterations + t,
  };
}
