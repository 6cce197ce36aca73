/** Early stopping as a fold over a run's evaluations, so that a resumed run decides as an uninterrupted one. */
import type { EarlyStopping } from './config.ts';

export interface Evaluated {
  step: number;
  /** Of the last step's batch; null before the first step. */
  loss: number | null;
  trainAccuracy: number;
  testAccuracy: number;
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
  const value = evaluated[monitor];
  if (value === null) return best;
  const gain = best === null ? 0 : monitor === 'loss' ? best.value - value : value - best.value;
  if (best === null || gain > minDelta) return { step: evaluated.step, value, stale: 0 };
  return { ...best, stale: best.stale + 1 };
}

export function isStale({ patience }: EarlyStopping, best: BestSoFar | null): boolean {
  return best !== null && best.stale >= patience;
}
