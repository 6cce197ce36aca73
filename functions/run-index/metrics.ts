/** A run's metrics, to read many at a time. */
import { KEYS } from '../contract/keys.ts';
import { MAX_UNFOLDED } from '../contract/limits.ts';
import { type StepMetrics, stepMetrics } from '../schemas/documents.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { fold, type Series } from '../store/series.ts';

/** By step. */
export const metricsOf = (runId: string): Series<StepMetrics> => ({
  prefix: KEYS.metricsPrefix(runId),
  keyOf: (step) => KEYS.metrics(runId, step),
  numberOf: ({ step }) => step,
  schema: stepMetrics,
  index: KEYS.metricsIndex(runId),
  segment: (step, digest) => KEYS.metricsSegment(runId, step, digest),
});

/**
 * Folds metrics into the run's index when there are so many that it is worth it.
 *
 * @param unfolded steps of metrics that were written and not folded
 * @returns those that still are not
 */
export async function foldMetrics(
  store: ObjectStore,
  runId: string,
  unfolded: readonly number[],
): Promise<readonly number[]> {
  if (unfolded.length <= MAX_UNFOLDED) return unfolded;
  await fold(store, metricsOf(runId), unfolded);
  return [];
}
