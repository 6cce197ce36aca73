/** How many times as long as our kernels each family takes, its best against our best. */
import type { Family } from './competitors.ts';
import type { Entry, JobReport } from './measure.ts';

export interface Ratio {
  job: string;
  metric: string;
  family: Family;
  /** The family's quickest member and ours. */
  best: string;
  ours: string;
  /** Above 1: ours is quicker. */
  ratio: number;
}

export function ratiosOf(report: JobReport): Ratio[] {
  const families = [...new Set(report.entries.map(({ family }) => family))].filter(
    (name) => name !== 'stepnet',
  );
  return report.metrics.flatMap(({ id }) => {
    const ours = quickest(report, 'stepnet', id);
    return families.map((family): Ratio => {
      const best = quickest(report, family, id);
      return {
        job: report.id,
        metric: id,
        family,
        best: best.competitor,
        ours: ours.competitor,
        ratio: best.figures[id]!.median / ours.figures[id]!.median,
      };
    });
  });
}

/** The family's quickest member. */
export function quickest({ entries }: JobReport, family: Family, metric: string): Entry {
  return entries
    .filter((entry) => entry.family === family)
    .reduce((best, entry) => (entry.figures[metric]!.median < best.figures[metric]!.median ? entry : best));
}
