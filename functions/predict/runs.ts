/** GET /runs and /runs/{id}: what is known of the runs, straight from the bucket. */
import type { z } from 'zod';
import { KEYS } from '../contract/keys.ts';
import { HttpError } from '../http/http-error.ts';
import { runInPath } from '../http/parse-request.ts';
import { metricsOf } from '../run-index/metrics.ts';
import { readRuns } from '../run-index/page.ts';
import { runConfig, runStatus } from '../schemas/documents.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { documentsAfter, newestOf } from '../store/series.ts';
import { findDocument } from '../store/verified.ts';
import type { runAnswer, runsAnswer } from './answer-schemas.ts';
import { formatCursor, MAX_RUNS, type QUERIES } from './request-schemas.ts';

/** With them a page of S3's listing is enough for an answer. */
const MAX_METRICS = 900;

/** The newest runs by start, or those that come after a cursor. */
export async function listRuns(
  store: ObjectStore,
  { prefix, limit = MAX_RUNS, cursor }: z.output<(typeof QUERIES)['GET /runs']> = {},
): Promise<z.output<typeof runsAnswer>> {
  const { runs, next, isIndexed } = await readRuns(store, { prefix, limit, after: cursor });
  return { runs, next: next === undefined ? null : formatCursor(next), indexed: isIndexed };
}

/**
 * @param since only metrics of later steps, the first ones of very many; without it the newest ones
 * @throws HttpError 404 for an id that no run has
 */
export async function getRun(
  store: ObjectStore,
  runId: string,
  since?: number,
): Promise<z.output<typeof runAnswer>> {
  runInPath(runId);
  const status = await findDocument(store, runStatus, KEYS.status(runId));
  const config = await findDocument(store, runConfig, KEYS.runConfig(runId));
  if (status === undefined && config === undefined) {
    throw new HttpError(404, 'id', `there is no run ${runId}`);
  }
  const series = metricsOf(runId);
  const { documents, omitted } =
    since === undefined
      ? await newestOf(store, series, MAX_METRICS)
      : await documentsAfter(store, series, since, MAX_METRICS);
  return {
    runId,
    status: status ?? null,
    config: config ?? null,
    metrics: documents,
    metricsOmitted: omitted,
  };
}
