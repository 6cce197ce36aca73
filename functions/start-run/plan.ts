/** Sizes a run: how many steps, how many of them per chunk, and what its weights depend on. */
import { stepsPerEpoch, type TrainingConfig, totalSteps } from '../../core/training/config.ts';
import { LIMITS } from '../shared/contract.ts';
import { canonicalJson } from '../shared/json.ts';
import { logger } from '../shared/logging.ts';
import type { DatasetManifest, RunConfig } from '../shared/schemas.ts';
import { sha256 } from '../shared/sha256.ts';

/** Share of the history that the loop may fill; the rest is for the other states and for retries. */
const HISTORY_SHARE = 0.8;

/** @param manifestSha256 the dataset's digest; the same config on other data is another training */
export function planRun(
  runId: string,
  config: TrainingConfig,
  manifest: DatasetManifest,
  manifestSha256: string,
): RunConfig {
  const trainSize = manifest.splits.train.size;
  const perEpoch = stepsPerEpoch(config.batchSize, trainSize);
  const total = totalSteps(config, trainSize);
  return {
    formatVersion: 1,
    runId,
    config,
    configHash: hashOfTraining(config, manifestSha256, total),
    manifestSha256,
    trainSize,
    testSize: manifest.splits.test.size,
    stepsPerEpoch: perEpoch,
    totalSteps: total,
    chunkSteps: chunkSteps(config.chunkIterations ?? perEpoch, total),
    evaluateEverySteps: config.evaluateEvery ?? perEpoch,
  };
}

/** The wanted chunk, or a larger one where so many turns would not fit into the execution's history. */
function chunkSteps(wanted: number, total: number): number {
  const mostChunks = Math.floor((LIMITS.historyEvents * HISTORY_SHARE) / LIMITS.eventsPerChunk);
  const least = Math.ceil(total / mostChunks);
  if (wanted < least) logger.warn('chunkIterations raised to fit the history', { wanted, chunkSteps: least });
  return Math.max(wanted, least);
}

/**
 * SHA-256 over what decides the weights at a given step. Chunking, evaluation, stopping, the model's name and promotion, where it is
 * computed, factors of other optimizers and the run's length do not (but for a schedule that ends with the run): a run
 * and its continuation, or its twin with other chunks, have the same checkpoints.
 */
function hashOfTraining(config: TrainingConfig, manifestSha256: string, total: number): string {
  const { chunkIterations, evaluateEvery, earlyStopping, model, promotion, backend, ...training } = config;
  const { iterations, epochs, ...rest } = training;
  const { momentum, beta1, beta2, learningRateSchedule, ...deciding } = rest;
  const factors =
    config.optimizer === 'momentum' ? { momentum } : config.optimizer === 'adam' ? { beta1, beta2 } : {};
  const schedule = { ...learningRateSchedule, warmupEpochs: learningRateSchedule.warmupEpochs ?? 0 };
  const end = schedule.kind === 'cosine' ? { totalSteps: total } : {};
  return sha256(
    canonicalJson({ ...deciding, ...factors, learningRateSchedule: schedule, ...end, manifestSha256 }),
  );
}
