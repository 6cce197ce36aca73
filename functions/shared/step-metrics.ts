/** Writes metrics/{step}.json under the rule that the first writer wins and what is deterministic must agree. */
import { KEYS } from './contract.ts';
import { ConflictError } from './errors.ts';
import { canonicalJson, encodeJson } from './json.ts';
import type { ObjectStore } from './object-store.ts';
import { type StepMetrics, stepMetrics } from './schemas.ts';
import { decodeDocument } from './verified.ts';

/**
 * @returns what is stored: these metrics, or those of an attempt that was here before
 * @throws ConflictError when an earlier attempt found something else at this step: the run isn't deterministic, or
 *   two different runs share an id
 */
export async function writeMetrics(
  store: ObjectStore,
  runId: string,
  metrics: StepMetrics,
): Promise<StepMetrics> {
  const key = KEYS.metrics(runId, metrics.step);
  const outcome = await store.tryCreate(key, encodeJson(metrics));
  if (outcome.created) return metrics;
  const existing = decodeDocument(stepMetrics, outcome.existing.body, key);
  for (const field of ['step', 'epoch', 'loss', 'trainAccuracy', 'testAccuracy', 'checkpoint'] as const) {
    // An attempt that was cut at another step may have evaluated or saved here where this one did not.
    if (existing[field] === null || metrics[field] === null) continue;
    if (canonicalJson(existing[field]) !== canonicalJson(metrics[field])) {
      throw new ConflictError(
        `${key}: ${field} is ${canonicalJson(existing[field])}, this attempt found ${canonicalJson(metrics[field])}`,
      );
    }
  }
  return existing;
}
