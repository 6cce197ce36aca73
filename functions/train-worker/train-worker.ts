/** Trains one worker's part of a round: from the round's start checkpoint to a file for the reducer. */

import type { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import { encodeCheckpoint } from '../../core/training/checkpoint.ts';
import { partsOf, roundAt } from '../../core/training/rounds.ts';
import { KEYS } from '../contract/keys.ts';
import { logger } from '../observe/logging.ts';
import { loadTrainer, type TrainerRequest } from '../run/load-trainer.ts';
import { StepTimes } from '../run/step-times.ts';
import { runConfig } from '../schemas/documents.ts';
import {
  type FailedPart,
  jsonBytes,
  MAX_WORKER_ERROR,
  type TrainedPart,
  type trainWorkerInput,
} from '../schemas/payloads.ts';
import { StorageUnavailableError } from '../store/errors.ts';
import { sha256 } from '../store/sha256.ts';
import { getDocument } from '../store/verified.ts';

export interface WorkerRequest extends TrainerRequest, z.output<typeof trainWorkerInput> {
  /** Milliseconds until the invocation is cut off. */
  remainingMs: () => number;
}

/** Left for the writing; far more than it takes. */
const SAFETY_MARGIN_MS = 30_000;

/**
 * A second attempt writes the same bytes again, so that nobody need know whether there was a first.
 *
 * @throws ConfigError when the run has no such worker, or its steps take longer than an invocation may
 * @throws IntegrityError when the checkpoint isn't the one that the run's state names
 * @throws TrainingDivergedError when an output is no longer finite
 */
export async function trainWorker(request: WorkerRequest): Promise<TrainedPart> {
  const { store, runId, step, worker, stopwatch, remainingMs } = request;
  const stopAtMs = Math.min(SAFETY_MARGIN_MS, remainingMs() / 2);
  const run = await getDocument(store, runConfig, KEYS.runConfig(runId));
  if (run.rounds === undefined) throw new ConfigError(`run ${runId} has no workers, it is trained in chunks`);
  const parts = partsOf(roundAt(step, run.rounds, run.totalSteps));
  const part = parts.find((one) => one.worker === worker);
  if (part === undefined) {
    const workers = parts.map((one) => one.worker).join(', ');
    throw new ConfigError(
      `worker: got ${worker}, expected one of ${workers}, who have steps from ${step} on`,
    );
  }
  const [data, trainer] = await stopwatch.time('load', () => loadTrainer(request, run, { part }));
  const steps = new StepTimes(() => stopwatch.elapsedMs());
  // What follows the step that is asked about has to fit, too.
  const shouldStop = () => {
    steps.next();
    return remainingMs() <= stopAtMs + 2 * steps.slowestMs;
  };
  await stopwatch.time('train', () => data.advance(trainer, part.end, shouldStop));
  if (trainer.step < part.end) {
    const [trained, all] = [trainer.step - part.first, part.end - part.first];
    throw new ConfigError(
      `localIterations: got ${run.rounds.localIterations}, of ${all} steps ${trained} fit into an invocation; choose fewer`,
    );
  }
  const bytes = encodeCheckpoint(trainer.checkpoint(run.configHash));
  await stopwatch.time('save', () => store.createImmutable(KEYS.roundPart(runId, step, worker), bytes));
  const { billedMs, loadMs, trainMs, saveMs, estimatedDollars } = stopwatch.read(0);
  return {
    worker,
    sha256: sha256(bytes),
    billedMs,
    loadMs: Math.round(loadMs),
    trainMs: Math.round(trainMs),
    saveMs: Math.round(saveMs),
    estimatedDollars: short(estimatedDollars),
    dollars: short(stopwatch.dollars()),
  };
}

/** Digits enough for a sum in millionths of a cent; all workers' answers together have to be short. */
const short = (dollars: number): number => Number(dollars.toPrecision(6));

/**
 * What would go wrong again is a worker's answer, not its failure: a Distributed Map fails with an error of its own,
 * which says nothing of its workers', while the reducer can say what happened.
 *
 * @throws StorageUnavailableError, which is tried again
 */
export function failureOf(worker: number, reason: unknown): FailedPart {
  if (reason instanceof StorageUnavailableError || !(reason instanceof Error)) throw reason;
  const { name, message } = reason;
  logger.error('worker failed', { worker, error: reason });
  const error = {
    name: begin(name, MAX_WORKER_ERROR.name),
    message: begin(message, MAX_WORKER_ERROR.message),
  };
  return { worker, error };
}

/** As much of a text as so many bytes of JSON hold. */
function begin(text: string, bytes: number): string {
  let held = '';
  let left = bytes;
  for (const character of text) {
    left -= jsonBytes(character);
    if (left < 0) break;
    held += character;
  }
  return held;
}
