/** What a run of a sweep has come to. */

import { IntegrityError } from '../../core/errors.ts';
import { KEYS } from '../contract/keys.ts';
import { setStatus } from '../run/status.ts';
import { figuresOf } from '../run/step-metrics.ts';
import { type RunStatus, runStatus, stepMetrics } from '../schemas/documents.ts';
import type { EndOfRun, SplitFigures } from '../schemas/parts.ts';
import type { SweepRun } from '../schemas/sweep.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { findDocument, getDocument } from '../store/verified.ts';

export interface RunResult {
  run: SweepRun;
  /** null when the run failed. */
  end: EndOfRun | null;
  figures: (SplitFigures & { loss: number | null }) | null;
  dollars: number;
  seconds: number;
  stopped: string | null;
  /** Why it failed. */
  reason: string | null;
}

/** Of a run that nobody works on any more. */
export async function resultOf(store: ObjectStore, run: SweepRun, now: Date): Promise<RunResult> {
  const { runId } = run;
  const status = await endedStatus(store, runId, now);
  // The clocks of the two functions may differ by more than the run took; no run takes less than nothing.
  const milliseconds = Math.max(0, Date.parse(status.updatedAt) - Date.parse(status.startedAt));
  const common = {
    run,
    dollars: await dollarsOf(store, runId),
    seconds: milliseconds / 1000,
    stopped: status.stopped ?? null,
  };
  if (status.state !== 'succeeded') {
    const reason = [status.error, status.reason].filter((part) => part !== undefined).join(': ');
    return { ...common, end: null, figures: null, reason };
  }
  if (status.ended === undefined) {
    throw new IntegrityError(`${KEYS.status(runId)} says of no step that the run ended there`);
  }
  const metrics = await getDocument(store, stepMetrics, KEYS.metrics(runId, status.ended.step));
  const figures = { loss: metrics.loss, ...figuresOf(metrics) };
  return { ...common, end: { runId, ...status.ended }, figures, reason: null };
}

/** A run whose execution was stopped, or never got to write its status, has failed; that is written down, too. */
async function endedStatus(store: ObjectStore, runId: string, now: Date): Promise<RunStatus> {
  const key = KEYS.status(runId);
  const present = await findDocument(store, runStatus, key);
  if (present !== undefined && present.state !== 'running') return present;
  const reason = 'its execution ended before the run did';
  const failed = { state: 'failed' as const, error: 'RunAborted', reason };
  await setStatus(store, runId, failed, now, ({ state }) => state !== 'running');
  return getDocument(store, runStatus, key);
}

/** As the run's last metrics have it: what was spent after them is not known. */
async function dollarsOf(store: ObjectStore, runId: string): Promise<number> {
  const last = (await store.list(KEYS.metricsPrefix(runId))).at(-1);
  return last === undefined ? 0 : (await getDocument(store, stepMetrics, last)).timing.runDollars;
}
