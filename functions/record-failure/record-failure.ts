/** Writes down why a run failed, where people look: runs/{id}/status.json. */
import type { z } from 'zod';
import { KEYS } from '../contract/keys.ts';
import { logger } from '../observe/logging.ts';
import { setStatus } from '../run/status.ts';
import { readableCause } from '../schemas/parse.ts';
import type { recordFailureOutput } from '../schemas/payloads.ts';
import type { ObjectStore } from '../store/object-store.ts';

export interface FailureRequest {
  store: ObjectStore;
  runId: string;
  /** Of the execution that failed; the run's id by default. */
  executionName?: string;
  /** The error's name, e.g. ConfigError or States.Timeout. */
  error: string;
  /** Step Functions' cause: for a Lambda error, JSON with its message. */
  cause: string;
  now?: Date;
}

const NO_REASON = 'no reason was given';
/** Causes may be long: a Lambda error's has its stack trace. */
const MAX_REASON = 4000;

/**
 * A run that has succeeded stays so: its model is in use, and what failed was a repetition. An execution that was to go
 * on with a run that is not there makes none by its failure.
 */
export async function recordFailure(request: FailureRequest): Promise<z.output<typeof recordFailureOutput>> {
  const { store, runId, executionName = runId, error, cause, now = new Date() } = request;
  const reason = (readableCause(cause) || NO_REASON).slice(0, MAX_REASON);
  logger.error('run failed', { runId, error, reason });
  const isThere = executionName === runId || (await store.get(KEYS.status(runId))) !== undefined;
  if (!isThere) return { runId, error, cause: reason };
  await setStatus(
    store,
    runId,
    { state: 'failed', error, reason },
    now,
    ({ state }) => state === 'succeeded',
  );
  return { runId, error, cause: reason };
}
