/**
 * The figures of a run that can end it or let it serve. Early stopping is a fold over a run's evaluations, so that a resumed
 * run decides as an uninterrupted one.
 */

/** Accuracies are better when larger, losses when smaller. */
export type MetricName = 'testAccuracy' | 'trainAccuracy' | 'testLoss' | 'loss';

/** Figures of an evaluation. Only classifications have accuracies. */
export interface Figures {
  /** Of the last step's batch; null before the first step. */
  loss: number | null;
  trainAccuracy: number | null;
  testAccuracy: number | null;
  /** Mean over the test set. */
  testLoss: number | null;
}

/** The metric meant where none is named: the accuracy on the test set, or where there is none the loss on it. */
export function metricOr(named: MetricName | undefined, { testAccuracy }: Figures): MetricName {
  return named ?? (testAccuracy === null ? 'testLoss' : 'testAccuracy');
}

export const isLoss = (metric: MetricName): boolean => metric === 'testLoss' || metric === 'loss';

/** How much better `value` is than `other`; negative when it is worse. */
export function gainOf(metric: MetricName, value: number, other: number): number {
  return isLoss(metric) ? other - value : value - other;
}

/** Ends a run when the monitored figure has not improved by `minDelta` for `patience` evaluations. */
export interface EarlyStopping {
  /** Default testAccuracy, for a regression testLoss. */
  monitor?: MetricName;
  /** Evaluations in a row without improvement after which the run ends. */
  patience: number;
  minDelta: number;
  /** Whether the run ends with the weights of its best evaluation, not of its last. */
  restoreBest: boolean;
}

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
