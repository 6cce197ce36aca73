/** Changes runs/{id}/status.json by compare-and-swap, and keeps the index of runs, which holds all that a list shows of each. */
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { KEYS } from '../contract/keys.ts';
import { announce } from '../run-index/changes.ts';
import { ensureIndex, foldIfDue } from '../run-index/fold.ts';
import { readHead, type StoredHead } from '../run-index/head.ts';
import { type RunConfig, type RunStatus, runStatus, type StepMetrics } from '../schemas/documents.ts';
import { encodeJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { decodeDocument } from '../store/verified.ts';

/**
 * Sets the status; `startedAt` and, unless there are new ones, `settings` are kept from the run's first one.
 *
 * @param isFinal true for a present status that stays as it is
 * @param ensured the index's head, where that was looked at
 * @returns the run's first start
 */
export async function setStatus(
  store: ObjectStore,
  runId: string,
  status: Omit<RunStatus, 'startedAt' | 'updatedAt'>,
  now: Date,
  isFinal: (present: RunStatus) => boolean = () => false,
  ensured?: StoredHead,
): Promise<string> {
  const updatedAt = now.toISOString();
  let startedAt = updatedAt;
  const change: Change = (present) => {
    startedAt = present?.startedAt ?? updatedAt;
    if (present !== undefined && isFinal(present)) return undefined;
    const { settings = present?.settings } = status;
    return { ...status, ...(settings === undefined ? {} : { settings }), startedAt, updatedAt };
  };
  await changeStatus(store, runId, now, change, ensured);
  return startedAt;
}

/** Says of a run that is under way that nothing works on it any more, as somebody has stopped it. */
export async function setStopped(store: ObjectStore, runId: string, now: Date): Promise<void> {
  const stoppedAt = now.toISOString();
  await changeStatus(store, runId, now, (present) =>
    // One that was stopped before it began has none.
    present?.state === 'running' ? { ...present, stoppedAt, updatedAt: stoppedAt } : undefined,
  );
}

/** What becomes of a status; undefined for one that stays. */
type Change = (present: RunStatus | undefined) => RunStatus | undefined;

/** Each change is announced before it is made, so that the index of runs never misses one. */
async function changeStatus(
  store: ObjectStore,
  runId: string,
  now: Date,
  change: Change,
  ensured?: StoredHead,
): Promise<void> {
  const key = KEYS.status(runId);
  let seen = ensured;
  let isChanged = false;
  await store.compareAndSwap(key, async (current) => {
    const before = current === undefined ? undefined : decodeDocument(runStatus, current, key);
    const after = change(before);
    if (after === undefined) return undefined;
    seen = await announce(store, seen ?? (await readHead(store)), runId, { before, after });
    isChanged = true;
    return encodeJson(after);
  });
  if (isChanged) await foldIfDue(store, seen!, now);
}

/**
 * Says that the run is under way, unless it has succeeded, or failed or was stopped after `now`: then whoever says it is a retried
 * invocation's twin that was late, and nobody would take it back.
 *
 * @param now when the invocation began
 * @returns the run's first start
 */
export async function setRunning(
  store: ObjectStore,
  runId: string,
  { totalSteps, config }: Pick<RunConfig, 'totalSteps' | 'config'>,
  now: Date,
): Promise<string> {
  const ensured = await ensureIndex(store, now);
  return setStatus(
    store,
    runId,
    { state: 'running', totalSteps, settings: { ...config, dataset: datasetName(config.dataset) } },
    now,
    ({ state, stoppedAt, updatedAt }) =>
      state === 'succeeded' ||
      ((state === 'failed' || stoppedAt !== undefined) && Date.parse(updatedAt) > now.getTime()),
    ensured,
  );
}

/** Of a run's end. */
export function figuresAtEnd(metrics: StepMetrics): NonNullable<RunStatus['figures']> {
  const { epoch, loss, trainAccuracy, testAccuracy, trainLoss, testLoss, testCost, timing } = metrics;
  const dollars = timing.runDollars;
  return { epoch, loss, trainAccuracy, testAccuracy, trainLoss, testLoss, testCost, dollars };
}
