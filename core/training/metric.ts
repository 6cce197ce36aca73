/** The figures of a run that can end it or let it serve. */

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
