/** Sizes a run: how many steps, how many of them per chunk, and what its weights depend on. */

import { SHARDS_TOGETHER } from '../../core/training/config.ts';
import type { JobConfig } from '../schemas/config.ts';
import type { DatasetManifest } from '../schemas/dataset.ts';
import type { RunConfig } from '../schemas/documents.ts';
import { type RunSize, sizeOfRun } from '../schemas/run-size.ts';
import { canonicalJson } from '../store/json.ts';
import { sha256 } from '../store/sha256.ts';

/** @param manifestSha256 the dataset's digest; the same config on other data is another training */
export function runConfigOf(
  runId: string,
  config: JobConfig,
  manifest: DatasetManifest,
  manifestSha256: string,
): RunConfig {
  const trainSize = manifest.splits.train.size;
  const size = sizeOfRun(config, trainSize);
  return {
    formatVersion: 1,
    runId,
    config,
    configHash: hashOfTraining(config, manifestSha256, size),
    manifestSha256,
    trainSize,
    testSize: manifest.splits.test.size,
    ...size,
  };
}

/**
 * SHA-256 over what decides the weights at a given step. Chunking, evaluation, stopping, caps, the model's name and promotion, where it
 * is computed, factors of other optimizers and the run's length do not (but for a schedule that ends with the run): a run
 * and its continuation, or its twin with other chunks, have the same checkpoints. Rounds of several workers decide them,
 * a single worker's rounds are the sequential run.
 */
function hashOfTraining(config: JobConfig, manifestSha256: string, { totalSteps, rounds }: RunSize): string {
  const { chunkIterations, evaluateEvery, earlyStopping, maxDollars, maxSeconds, ...other } = config;
  const { model, promotion, backend, workers, localIterations, ...training } = other;
  const { iterations, epochs, ...rest } = training;
  const {
    momentum,
    beta1,
    beta2,
    learningRateSchedule,
    shardsTogether = SHARDS_TOGETHER,
    ...deciding
  } = rest;
  const factors =
    config.optimizer === 'momentum' ? { momentum } : config.optimizer === 'adam' ? { beta1, beta2 } : {};
  const order = config.sampling === 'shardShuffle' ? { shardsTogether } : {};
  const schedule = { ...learningRateSchedule, warmupEpochs: learningRateSchedule.warmupEpochs ?? 0 };
  const parallel = rounds === undefined || rounds.workers === 1 ? {} : { rounds };
  const end = schedule.kind === 'cosine' ? { totalSteps } : {};
  return sha256(
    canonicalJson({
      ...deciding,
      ...factors,
      ...order,
      ...parallel,
      learningRateSchedule: schedule,
      ...end,
      manifestSha256,
    }),
  );
}
