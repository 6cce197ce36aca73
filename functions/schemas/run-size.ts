/** How many steps a run has, and how many of them are trained, evaluated and saved together. */
import { stepsPerEpoch, totalSteps } from '../../core/training/config.ts';
import { evaluateAfter, workersOf } from '../../core/training/rounds.ts';
import { TURNS_PER_EXECUTION } from '../contract/limits.ts';
import type { JobConfig } from './config.ts';
import type { RunConfig } from './documents.ts';

/** The chunks of a data-parallel run are rounds. */
export type RunSize = Pick<
  RunConfig,
  'stepsPerEpoch' | 'totalSteps' | 'chunkSteps' | 'evaluateEverySteps' | 'rounds'
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
      rounds === undefined
        ? (config.chunkIterations ?? defaultChunk(perEpoch, total))
        : rounds.workers * rounds.localIterations,
    evaluateEverySteps:
      config.evaluateEvery ?? (rounds === undefined ? perEpoch : evaluateAfter(rounds, perEpoch)),
    ...(rounds === undefined ? {} : { rounds }),
  };
}

/** An epoch, or more where a run has so many that they would not fit into one execution. */
function defaultChunk(perEpoch: number, total: number): number {
  return Math.max(perEpoch, Math.ceil(total / TURNS_PER_EXECUTION));
}
