/** How many steps a run has, and how many of them are trained, evaluated and saved together. */
import { stepsPerEpoch, totalSteps } from '../../core/training/config.ts';
import { evaluateAfter, workersOf } from '../../core/training/rounds.ts';
import type { JobConfig } from './config.ts';
import type { RunConfig } from './documents.ts';

/** The chunks of a data-parallel run are rounds. */
export type RunSize = Pick<
  RunConfig,
  'stepsPerEpoch' | 'totalSteps' | 'chunkSteps' | 'saveEverySteps' | 'evaluateEverySteps' | 'rounds'
>;

/** @param trainSize rows of the training set */
export function sizeOfRun(config: JobConfig, trainSize: number): RunSize {
  const perEpoch = stepsPerEpoch(config.batchSize, trainSize);
  const total = totalSteps(config, trainSize);
  const rounds = workersOf(config, trainSize);
  return {
    stepsPerEpoch: perEpoch,
    totalSteps: total,
    chunkSteps:
      rounds === undefined ? (config.chunkIterations ?? total) : rounds.workers * rounds.localIterations,
    ...(rounds === undefined ? { saveEverySteps: stepsBetweenSaves(perEpoch, total) } : {}),
    evaluateEverySteps:
      config.evaluateEvery ?? (rounds === undefined ? perEpoch : evaluateAfter(rounds, perEpoch)),
    ...(rounds === undefined ? {} : { rounds }),
  };
}

/** Checkpoints of a run at most, apart from those at the ends of its chunks: each costs two requests and stays. */
const MOST_SAVES = 850;

/** An epoch, or more where a run has very many. */
function stepsBetweenSaves(perEpoch: number, total: number): number {
  return Math.max(perEpoch, Math.ceil(total / MOST_SAVES));
}
