/** Writes down why a run failed, where people look: runs/{id}/status.json. */
import type { z } from 'zod';
import { logger } from '../shared/logging.ts';
import type { ObjectStore } from '../shared/object-store.ts';
import { setStatus } from '../shared/run-status.ts';
import type { recordFailureOutput } from '../shared/schemas.ts';

export interface FailureRequest {
  store: ObjectStore;
  runId: string;
  /** The error's name, e.g. ConfigError or States.Timeout. */
  error: string;
  /** Step Functions' cause: for a Lambda error, JSON with its message. */
  cause: string;
  now?: Date;
}

export async function recordFailure(request: FailureRequest): Promise<z.output<typeof recordFailureOutput>> {
  const { store, runId, error, cause, now = new Date() } = request;
  const reason = messageIn(cause);
  logger.error('run failed', { runId, error, reason });
  await setStatus(store, runId, { state: 'failed', error, reason }, now);
  return { runId, error, cause: reason };
}

/** The message inside Lambda's error JSON, or the cause as it is. */
function messageIn(cause: string): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) {
      return String(parsed.errorMessage);
    }
  } catch {
    // Plain text, as from a States.Timeout: shown as it is.
  }
  return cause;
}
