/** The report as text. */
import { alignColumns } from '../../support/columns.ts';
import type { Machine } from './machine.ts';
import type { Entry, JobReport } from './measure.ts';
import { quickest, type Ratio } from './ratios.ts';

/** Names in the first column, figures in the others. */
export const alignFigures = (rows: readonly (readonly string[])[]): string =>
  alignColumns(rows, (column) => column === 0).join('\n');

export function machineLine({
  cpu,
  vectors,
  processors,
  memoryGiB,
  os,
  node,
  v8,
  loadBefore,
}: Machine): string {
  return (
    `${cpu}, ${vectors}, ${processors} processors, ${memoryGiB} GiB, ${os}; Node ${node}, V8 ${v8}; ` +
    `load before ${loadBefore.toFixed(1)}${loadBefore > 0.5 ? ' (other work was running: do not trust the figures)' : ''}`
  );
}

/** One table per metric. */
export function jobTables(report: JobReport, ratios: readonly Ratio[], jobSteps: number): string {
  return report.metrics
    .map(({ id, title, unit }) => {
      const ours = quickest(report, 'stepnet', id).figures[id]!.median;
      const header = [
        `${report.title}: ${title}`,
        'median',
        'min',
        'max',
        'spread',
        'to ours',
        'loss',
        'accuracy',
        'as ours',
      ];
      const rows = report.entries.map((entry) => row(entry, id, unit, ours));
      const lines = ratios
        .filter(({ job, metric }) => job === report.id && metric === id)
        .map(
          ({ family, best, ours: own, ratio, threads }) =>
            `  ${family} / stepnet = ${ratio.toFixed(2)} (${threads === undefined ? `${best}; ${own}` : `on as many threads, ${threads}`})`,
        );
      return [alignFigures([header, ...rows]), ...lines, ...scalingNotes(report, jobSteps)].join('\n');
    })
    .join('\n\n');
}

function row(entry: Entry, metric: string, unit: string, ours: number): string[] {
  const { median, min, max, spread } = entry.figures[metric]!;
  const { loss, accuracy } = entry.score;
  const shown = (value: number) => `${threeDigits(value)} ${unit}`;
  return [
    entry.competitor,
    shown(median),
    shown(min),
    shown(max),
    `${Math.round(spread * 100)} %`,
    `${(median / ours).toFixed(2)}×`,
    loss.toFixed(4),
    accuracy.toFixed(4),
    entry.agrees
      ? 'yes'
      : `NO: ${entry.expectedScore.loss.toFixed(4)} ${entry.expectedScore.accuracy.toFixed(4)}`,
  ];
}

/** Three significant digits, never in exponential form. */
export function threeDigits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

function scalingNotes({ entries }: JobReport, jobSteps: number): string[] {
  return entries
    .filter(({ steps }) => steps < jobSteps)
    .map(({ competitor, steps }) => `  ${competitor}: ${steps} steps were timed and scaled`);
}

/** What ran, one line per competitor. */
export function versionLines(reports: readonly JobReport[]): string {
  const versions = new Map<string, string>();
  for (const { competitor, versions: own } of reports.flatMap(({ entries }) => entries)) {
    const list = Object.entries(own).map(([name, version]) => `${name} ${version}`);
    versions.set(competitor, list.join(', '));
  }
  return alignFigures([...versions].map(([competitor, list]) => [`${competitor}:  ${list}`]));
}
