/** Early stopping as a fold over a run's evaluations, so that a resumed run decides as an uninterrupted one. */
import type { EarlyStopping } from './config.ts';
import { type Figures, gainOf, metricOr } from './metric.ts';

export interface Evaluated extends Figures {
  step: number;
}

/** The best evaluation so far. */
export interface BestSoFar {
  step: number;
  /** Of the monitored figure. */
  value: number;
  /** Evaluations since, none of which was better by `minDelta`. */
  stale: number;
}

/**
 * @param best of the evaluations before this one; null before the first
 * @returns the best of all, which is this one when its step says so; an untrained network's loss is not counted
 */
export function trackBest(
  { monitor, minDelta }: EarlyStopping,
  best: BestSoFar | null,
  evaluated: Evaluated,
): BestSoFar | null {
  const metric = metricOr(monitor, evaluated);
  const value = evaluated[metric];
  if (value === null) return best;
  if (best === null || gainOf(metric, value, best.value) > minDelta)
    return { step: evaluated.step, value, stale: 0 };
  return { ...best, stale: best.stale + 1 };
}

export function isStale({ patience }: EarlyStopping, best: BestSoFar | null): boolean {
  return best !== null && best.stale >= patience;
}
