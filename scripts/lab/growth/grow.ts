/** Fills a bucket as years of use leave it: runs, versions and evaluations like those that are there, and their indexes. */
import { KEYS } from '../../../functions/contract/keys.ts';
import { versionsOf } from '../../../functions/models/versions.ts';
import { rebuildIndex } from '../../../functions/run-index/fold.ts';
import { metricsOf } from '../../../functions/run-index/metrics.ts';
import { modelVersion, runStatus, stepMetrics } from '../../../functions/schemas/documents.ts';
import { encodeJson } from '../../../functions/store/json.ts';
import type { ObjectStore } from '../../../functions/store/object-store.ts';
import { fold, type Series } from '../../../functions/store/series.ts';
import { getDocument } from '../../../functions/store/verified.ts';

export interface Bucket {
  store: ObjectStore;
  /** Puts an object there by the shortest way. */
  put: (key: string, body: Uint8Array) => void;
}

export interface Size {
  runs: number;
  versions: number;
  /** Of the run; one at each step. */
  evaluations: number;
}

/** Folded at once, as fold takes no more. */
const AT_ONCE = 2000;
/** Not folded, as the newest ones mostly are not. */
const UNFOLDED = 3;
const MINUTE = 60_000;

/** @param like a run that was promoted as the model's first version: all that is put is like it */
export async function grow(
  { store, put }: Bucket,
  like: { runId: string; model: string },
  { runs, versions, evaluations }: Size,
): Promise<void> {
  const status = await getDocument(store, runStatus, KEYS.status(like.runId));
  for (let number = 0; number < runs; number++) {
    const at = new Date(Date.parse(status.startedAt) - (number + 1) * MINUTE).toISOString();
    const runId = `grown-${String(number).padStart(5, '0')}`;
    put(KEYS.status(runId), encodeJson({ ...status, startedAt: at, updatedAt: at }));
  }
  await rebuildIndex(store, new Date());

  const version = await getDocument(store, modelVersion, KEYS.version(like.model, 1));
  for (let number = 2; number <= versions; number++) {
    put(
      KEYS.version(like.model, number),
      encodeJson({ ...version, version: number, runId: `grown-${number}` }),
    );
  }
  await foldAll(store, versionsOf(like.model), versions - UNFOLDED);

  // What is folded of the run already has gaps between its steps.
  await store.delete(KEYS.metricsIndex(like.runId));
  const metrics = await getDocument(store, stepMetrics, KEYS.metrics(like.runId, 0));
  for (let step = 0; step < evaluations; step++) {
    put(KEYS.metrics(like.runId, step), encodeJson({ ...metrics, step, epoch: step / 10 }));
  }
  await foldAll(store, metricsOf(like.runId), evaluations - UNFOLDED);
}

async function foldAll<T extends object>(store: ObjectStore, series: Series<T>, last: number): Promise<void> {
  for (let from = 0; from < last; from += AT_ONCE) {
    await fold(
      store,
      series,
      Array.from({ length: Math.min(AT_ONCE, last - from) }, (_, place) => from + place),
    );
  }
}
