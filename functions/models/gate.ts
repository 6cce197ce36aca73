/** Whether a version may take the place of the one that serves. */

import { gainOf, isLoss, metricOr } from '../../core/training/metric.ts';
import { DEFAULT_TOLERANCE, type PromotionCondition } from '../schemas/config.ts';
import type { ModelVersion } from '../schemas/documents.ts';

/**
 * Its metric may be worse than the serving version's by at most the tolerance. What can't be compared doesn't pass
 * either, as nobody knows that it is as good.
 *
 * @param condition undefined where the run's config names none
 * @returns why not, for people; undefined when it may
 */
export function reasonAgainst(
  candidate: ModelVersion,
  condition: PromotionCondition | undefined,
  serving: ModelVersion,
): string | undefined {
  const metric = metricOr(condition?.metric, candidate.metrics);
  const other = `version ${serving.version}, which serves,`;
  if (candidate.dataset.manifestSha256 !== serving.dataset.manifestSha256) {
    return `${other} was evaluated on other data (${serving.dataset.name}), so that ${metric} can't be compared`;
  }
  if (isLoss(metric) && candidate.config.loss !== serving.config.loss) {
    return `${other} has another loss function (${serving.config.loss}), so that ${metric} can't be compared`;
  }
  const [own, theirs] = [candidate.metrics[metric], serving.metrics[metric]];
  if (own === null || theirs === null) {
    return `${own === null ? 'this run' : other} has no ${metric}, so that it can't be compared`;
  }
  const tolerance = condition?.tolerance ?? DEFAULT_TOLERANCE * (isLoss(metric) ? theirs : 1);
  if (gainOf(metric, theirs, own) <= tolerance) return undefined;
  return `${metric} ${own} is worse than the ${theirs} of ${other} by more than the tolerance of ${tolerance}`;
}
