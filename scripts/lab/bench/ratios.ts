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
  /** Where both have as many, and may be quicker with others. */
  threads?: number;
}

export function ratiosOf(report: JobReport): Ratio[] {
  const families = [...new Set(report.entries.map(({ family }) => family))].filter(
    (name) => name !== 'stepnet',
  );
  if (report.entries.every(({ family }) => family !== 'stepnet')) return [];
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

/** Of families that know several threads, on as many as ours. */
export function ratiosByThreads(report: JobReport): Ratio[] {
  const counts = new Set(report.entries.map(({ threads }) => threads));
  return [...counts].flatMap((threads) => {
    const entries = report.entries.filter((entry) => entry.threads === threads);
    const isRelated = ({ family }: Entry) =>
      report.entries.some((entry) => entry.family === family && entry.threads !== threads);
    return ratiosOf({ ...report, entries: entries.filter(isRelated) }).map((ratio) => ({
      ...ratio,
      threads,
    }));
  });
}

/** The family's quickest member. */
export function quickest({ entries }: JobReport, family: Family, metric: string): Entry {
  return entries
    .filter((entry) => entry.family === family)
    .reduce((best, entry) => (entry.figures[metric]!.median < best.figures[metric]!.median ? entry : best));
}
