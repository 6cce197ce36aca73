/** What a run tells CloudWatch of itself, under the namespace of the deployed app. */
import type { z } from 'zod';
import { METRICS } from '../contract/metrics.ts';
import type { SplitFigures } from '../schemas/parts.ts';
import type { promoteModelOutput, RunProgress } from '../schemas/payloads.ts';
import type { Metric, MetricEntry } from './emf.ts';

/** Of one chunk, or of a run's begin: throughput, cost and the newest evaluation. */
export function progressMetrics(namespace: string, progress: RunProgress): MetricEntry {
  const { runId, step, imagesPerSecond, estimatedDollars, evaluations } = progress;
  const metrics: Record<string, Metric> = { [METRICS.dollars]: { value: estimatedDollars, unit: 'None' } };
  // 0 means that nothing was trained, not that training is slow.
  if (imagesPerSecond > 0) {
    metrics[METRICS.imagesPerSecond] = { value: imagesPerSecond, unit: 'Count/Second' };
  }
  const newest = evaluations.at(-1);
  if (newest !== undefined) {
    addFigures(metrics, newest);
  }
  return { namespace, metrics, dimensions: {}, dimensionSets: [[]], properties: { runId, step } };
}

/** Of a run's end, by model: how good its version is, and whether it serves. */
export function promotionMetrics(
  namespace: string,
  outcome: z.output<typeof promoteModelOutput>,
): MetricEntry {
  const { runId, model, version, promoted } = outcome;
  const metrics: Record<string, Metric> = {
    [METRICS.promoted]: { value: promoted ? 1 : 0, unit: 'Count' },
    [METRICS.notPromoted]: { value: promoted ? 0 : 1, unit: 'Count' },
  };
  addFigures(metrics, { testAccuracy: outcome.testAccuracy, testLoss: outcome.testLoss });
  const dimensions = { [METRICS.byModel]: model };
  return {
    namespace,
    metrics,
    dimensions,
    dimensionSets: [[METRICS.byModel]],
    properties: { runId, version },
  };
}

/** Those that there are: a regression has no accuracies. */
function addFigures(metrics: Record<string, Metric>, figures: Partial<SplitFigures>): void {
  for (const name of ['trainAccuracy', 'testAccuracy', 'testLoss'] as const) {
    const value = figures[name];
    if (value !== null && value !== undefined) metrics[METRICS[name]] = { value, unit: 'None' };
  }
}
