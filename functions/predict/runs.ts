/** GET /runs and /runs/{id}: what is known of the runs, straight from the bucket. */
import { KEYS } from '../shared/contract.ts';
import type { ObjectStore } from '../shared/object-store.ts';
import {
  type RunConfig,
  type RunStatus,
  runConfig,
  runStatus,
  type StepMetrics,
  stepMetrics,
} from '../shared/schemas.ts';
import { findDocument, getDocument } from '../shared/verified.ts';
import { HttpError } from './http-error.ts';

const MAX_RUNS = 100;

/** The newest runs by start, at most 100, each with its status. */
export async function listRuns(
  store: ObjectStore,
): Promise<{ runs: { runId: string; status: RunStatus | null }[] }> {
  const ids = await store.listFolders(KEYS.runsPrefix);
  const runs = await Promise.all(
    ids.map(async (runId) => ({
      runId,
      status: (await findDocument(store, runStatus, KEYS.status(runId))) ?? null,
    })),
  );
  const started = (run: (typeof runs)[number]) => run.status?.startedAt ?? '';
  runs.sort((a, b) => (started(a) < started(b) ? 1 : -1));
  return { runs: runs.slice(0, MAX_RUNS) };
}

/** @throws HttpError 404 for an id that no run has */
export async function getRun(
  store: ObjectStore,
  runId: string,
): Promise<{ runId: string; status: RunStatus; config: RunConfig | null; metrics: StepMetrics[] }> {
  const status = /^[A-Za-z0-9_-]{1,80}$/.test(runId)
    ? await findDocument(store, runStatus, KEYS.status(runId))
    : undefined;
  if (status === undefined) throw new HttpError(404, `run ${runId} is not there`, 'id');
  const keys = await store.list(KEYS.metricsPrefix(runId));
  return {
    runId,
    status,
    config: (await findDocument(store, runConfig, KEYS.runConfig(runId))) ?? null,
    metrics: await Promise.all(keys.map((key) => getDocument(store, stepMetrics, key))),
  };
}
