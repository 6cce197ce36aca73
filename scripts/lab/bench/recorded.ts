/** `npm run bench -- --write`: keeps a report's figures, and makes the table of docs/performance.md of them. */
import { median } from '../../support/statistics.ts';
import type { AppFigure } from './app-figures.ts';
import type { Family } from './competitors.ts';
import type { Machine } from './machine.ts';
import type { JobReport } from './measure.ts';
import { threeDigits } from './table.ts';

export interface Recorded {
  /** When it was measured, e.g. "on 2026-12-01". */
  date: string;
  machine: Omit<Machine, 'loadBefore'> & { loadBefore: number | null };
  rounds: number;
  /** Of each competitor, what ran. */
  versions: Record<string, Record<string, string>>;
  rows: RecordedRow[];
}

export interface RecordedRow {
  job: string;
  metric: string;
  unit: string;
  /** The median of each family's quickest member, in the unit. */
  quickest: Partial<Record<Family, number>>;
}

export interface RecordedApp {
  date: string;
  machine: Machine;
  rounds: number;
  figures: readonly Pick<AppFigure, 'what' | 'samples'>[];
}

const COLUMNS: readonly [family: Family, title: string][] = [
  ['stepnet', 'stepnet'],
  ['stepnet plain', 'in 128-bit vectors'],
  ['NumPy', 'NumPy + OpenBLAS'],
  ['ONNX Runtime', 'ONNX Runtime'],
  ['tfjs', 'TensorFlow.js, wasm'],
  ['jax-js', 'jax-js, wasm'],
];

export function record(
  date: string,
  machine: Machine,
  rounds: number,
  reports: readonly JobReport[],
): Recorded {
  const rows = reports.flatMap(({ title, metrics, entries }) =>
    metrics.map(({ id, title: metric, unit }): RecordedRow => {
      const quickest: RecordedRow['quickest'] = {};
      for (const { family, figures } of entries) {
        quickest[family] = Math.min(quickest[family] ?? Number.POSITIVE_INFINITY, figures[id]!.median);
      }
      return { job: title, metric, unit, quickest };
    }),
  );
  const ran = reports.flatMap(({ entries }) => entries.map((one) => [one.competitor, one.versions] as const));
  return { date, machine, rounds, versions: Object.fromEntries(ran), rows };
}

/** The table, and what it was measured on, as Markdown. */
export function recordedTable({ date, machine, rounds, versions, rows }: Recorded): string {
  const columns = COLUMNS.filter(([family]) => rows.some(({ quickest }) => quickest[family] !== undefined));
  const lines = [
    ['work', ...columns.map(([, title]) => title)],
    ['---', ...columns.map(() => '---')],
    ...rows.map((row) => [`${row.job}: ${row.metric}`, ...columns.map(([family]) => cell(row, family))]),
  ];
  const { cpu, vectors, processors, node, loadBefore } = machine;
  const numpy = Object.entries(versions).find(([name]) => name.startsWith('NumPy'))?.[1];
  const peer =
    numpy === undefined ? '' : `, NumPy ${numpy.numpy} with OpenBLAS ${numpy.openblas} (${numpy.kernels})`;
  return [
    lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
    `Each figure is the median of ${rounds} runs, which took turns, on as many threads as are quickest, one or two. The factor behind it is this ` +
      `time divided by stepnet's: above 1, stepnet is quicker. Measured ${date}, on ${processors} processors of ` +
      `${cpu} with ${vectors}, Node ${node.slice(1)}${peer}.${otherWork(loadBefore)}`,
  ].join('\n\n');
}

function cell({ unit, quickest }: RecordedRow, family: Family): string {
  const value = quickest[family];
  if (value === undefined) return '';
  const time = `${threeDigits(value)} ${unit}`;
  return family === 'stepnet' ? time : `${time} (${(value / quickest.stepnet!).toFixed(2)}×)`;
}

/** The same of figures of the app, which have no competitors. */
export function appRecordedTable({ date, machine, rounds, figures }: RecordedApp): string {
  const lines = [
    ['', 'median', 'least', 'most'],
    ['---', '---', '---', '---'],
    ...figures.map(({ what, samples }) => [
      what,
      ...[median(samples), Math.min(...samples), Math.max(...samples)].map((ms) => `${threeDigits(ms)} ms`),
    ]),
  ];
  const { cpu, processors, node, loadBefore } = machine;
  return [
    lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
    `Of ${rounds} rounds, each with an app of its own. Measured ${date}, on ${processors} processors of ${cpu}, ` +
      `Node ${node.slice(1)}.${otherWork(loadBefore)}`,
  ].join('\n\n');
}

const otherWork = (loadBefore: number | null) =>
  loadBefore === null || loadBefore <= 0.5
    ? ''
    : ` Other work took part in it: the load before was ${loadBefore.toFixed(1)}.`;

/** @returns the page with the table @throws Error when it has no place for it */
export const fillBenchTable = (page: string, recorded: Recorded): string =>
  fill(page, 'bench', recordedTable(recorded));

/** @returns the page with the table of the app @throws Error when it has no place for it */
export const fillAppTable = (page: string, recorded: RecordedApp): string =>
  fill(page, 'bench of the app', appRecordedTable(recorded));

function fill(page: string, name: string, table: string): string {
  const place = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- end -->)`);
  if (!place.test(page)) throw new Error(`the page has no <!-- ${name} --> and <!-- end -->`);
  return page.replace(place, (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
}
