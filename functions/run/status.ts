/**
 * Changes runs/{id}/status.json by compare-and-swap. What a list of runs shows of each stands in it, so that a list costs
 * one read for each run.
 */
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { KEYS } from '../contract/keys.ts';
import { type RunConfig, type RunStatus, runStatus, type StepMetrics } from '../schemas/documents.ts';
import { encodeJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { decodeDocument } from '../store/verified.ts';

/**
 * Sets the status; `startedAt` and, unless there are new ones, `settings` are kept from the run's first one.
 *
 * @param isFinal true for a present status that stays as it is
 * @returns the run's first start
 */
export async function setStatus(
  store: ObjectStore,
  runId: string,
  status: Omit<RunStatus, 'startedAt' | 'updatedAt'>,
  now: Date,
  isFinal: (present: RunStatus) => boolean = () => false,
): Promise<string> {
  const key = KEYS.status(runId);
  const updatedAt = now.toISOString();
  let startedAt = updatedAt;
  await store.compareAndSwap(key, (current) => {
    const present = current === undefined ? undefined : decodeDocument(runStatus, current, key);
    startedAt = present?.startedAt ?? updatedAt;
    if (present !== undefined && isFinal(present)) return undefined;
    const { settings = present?.settings } = status;
    return encodeJson({ ...status, ...(settings === undefined ? {} : { settings }), startedAt, updatedAt });
  });
  return startedAt;
}

/** Says of a run that is under way that nothing works on it any more, as somebody has stopped it. */
export async function setStopped(store: ObjectStore, runId: string, now: Date): Promise<void> {
  const key = KEYS.status(runId);
  const stoppedAt = now.toISOString();
  await store.compareAndSwap(key, (current) => {
    // One that was stopped before it began has none.
    const present = current === undefined ? undefined : decodeDocument(runStatus, current, key);
    if (present?.state !== 'running') return undefined;
    return encodeJson({ ...present, stoppedAt, updatedAt: stoppedAt });
  });
}

/**
 * Says that the run is under way, unless it has succeeded, or failed or was stopped after `now`: then whoever says it is a retried
 * invocation's twin that was late, and nobody would take it back.
 *
 * @param now when the invocation began
 * @returns the run's first start
 */
export function setRunning(
  store: ObjectStore,
  runId: string,
  { totalSteps, config }: Pick<RunConfig, 'totalSteps' | 'config'>,
  now: Date,
): Promise<string> {
  return setStatus(
    store,
    runId,
    { state: 'running', totalSteps, settings: { ...config, dataset: datasetName(config.dataset) } },
    now,
    ({ state, stoppedAt, updatedAt }) =>
      state === 'succeeded' ||
      ((state === 'failed' || stoppedAt !== undefined) && Date.parse(updatedAt) > now.getTime()),
  );
}

/** Of a run's end. */
export function figuresAtEnd(metrics: StepMetrics): NonNullable<RunStatus['figures']> {
  const { epoch, loss, trainAccuracy, testAccuracy, trainLoss, testLoss, testCost, timing } = metrics;
  const dollars = timing.runDollars;
  return { epoch, loss, trainAccuracy, testAccuracy, trainLoss, testLoss, testCost, dollars };
}
