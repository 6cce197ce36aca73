/** Ends a run of a sweep, whose model is not promoted: the sweep promotes its best one. */
import type { z } from 'zod';
import { logger } from '../observe/logging.ts';
import { setStatus } from '../run/status.ts';
import type { sweepRunEnded } from '../schemas/payloads.ts';
import { evaluatedEnd, type PromoteRequest } from './promote-model.ts';

/**
 * @param sweep the run's
 * @throws ConflictError when the checkpoint was not evaluated, or another one was; IntegrityError when it isn't what its name says
 */
export async function endSweepRun(
  request: Omit<PromoteRequest, 'gitRevision' | 'sweep'>,
  sweep: string,
): Promise<z.output<typeof sweepRunEnded>> {
  const { store, runId, step, checkpoint, stopped, now = new Date() } = request;
  const { run } = await evaluatedEnd(request);
  const why = stopped === null ? {} : { stopped };
  const status = {
    state: 'succeeded' as const,
    totalSteps: run.totalSteps,
    ended: { step, checkpoint },
    ...why,
  };
  // One that says which version the run became is by the sweep, and this a late repetition.
  await setStatus(store, runId, status, now, ({ version }) => version !== undefined);
  logger.info('run of a sweep ended', { runId, sweep, step, ...why });
  return { runId, step, sweep, stopped };
}
