/** GET /runs and /runs/{id}: what is known of the runs, straight from the bucket. */
import type { z } from 'zod';
import { KEYS } from '../contract/keys.ts';
import { HttpError } from '../http/http-error.ts';
import { runInPath } from '../http/parse-request.ts';
import { runConfig, runStatus, stepMetrics } from '../schemas/documents.ts';
import { trainChunkInput } from '../schemas/payloads.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { mapSomeAtOnce } from '../store/some-at-once.ts';
import { findDocument, getDocument } from '../store/verified.ts';
import type { runAnswer, runsAnswer } from './answer-schemas.ts';

const MAX_RUNS = 100;
/** Of more runs than this only the last ids in byte order are looked at; ids that begin with the time sort by it. */
const MAX_RUNS_READ = 1000;
/** Keeps the answer far below Lambda's 6 MB. */
const MAX_METRICS = 2000;

const isRunId = (text: string) => trainChunkInput.shape.runId.safeParse(text).success;

/**
 * The newest runs by start, at most 100, each with its status; null where only the config is written so far.
 *
 * @param prefix of their ids: those of a sweep begin with its id
 */
export async function listRuns(store: ObjectStore, prefix = ''): Promise<z.output<typeof runsAnswer>> {
  const ids = (await store.listFolders(KEYS.runsPrefix))
    .filter((id) => isRunId(id) && id.startsWith(prefix))
    .slice(-MAX_RUNS_READ);
  const runs = await mapSomeAtOnce(ids, async (runId) => ({
    runId,
    status: (await findDocument(store, runStatus, KEYS.status(runId))) ?? null,
  }));
  const started = ({ status }: (typeof runs)[number]) => Date.parse(status?.startedAt ?? '') || 0;
  runs.sort((a, b) => started(b) - started(a));
  return { runs: runs.slice(0, MAX_RUNS) };
}

/** Of very many metrics the newest. @throws HttpError 404 for an id that no run has */
export async function getRun(store: ObjectStore, runId: string): Promise<z.output<typeof runAnswer>> {
  runInPath(runId);
  const status = await findDocument(store, runStatus, KEYS.status(runId));
  const config = await findDocument(store, runConfig, KEYS.runConfig(runId));
  if (status === undefined && config === undefined) {
    throw new HttpError(404, 'id', `there is no run ${runId}`);
  }
  const keys = await store.list(KEYS.metricsPrefix(runId));
  const shown = keys.slice(-MAX_METRICS);
  return {
    runId,
    status: status ?? null,
    config: config ?? null,
    metrics: await mapSomeAtOnce(shown, (key) => getDocument(store, stepMetrics, key)),
    metricsOmitted: keys.length - shown.length,
  };
}
