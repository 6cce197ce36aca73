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
  /** The medians of those that were measured on several numbers of threads, by that number. */
  byThreads?: Record<string, Partial<Record<Family, number>>>;
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
  ['NumPy AVX2', 'NumPy, AVX2 only'],
  ['PyTorch', 'PyTorch'],
  ['PyTorch AVX2', 'PyTorch, AVX2 only'],
  ['ONNX Runtime', 'ONNX Runtime'],
  ['tfjs', 'TensorFlow.js, wasm'],
  ['tfjs cpu', 'TensorFlow.js, cpu'],
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
      const byThreads: NonNullable<RecordedRow['byThreads']> = {};
      for (const { family, figures, threads } of entries) {
        const { median } = figures[id]!;
        quickest[family] = Math.min(quickest[family] ?? Number.POSITIVE_INFINITY, median);
        const isOneOfSeveral = entries.some((other) => other.family === family && other.threads !== threads);
        if (isOneOfSeveral) byThreads[threads] = { ...byThreads[threads], [family]: median };
      }
      return { job: title, metric, unit, quickest, byThreads };
    }),
  );
  const ran = reports.flatMap(({ entries }) => entries.map((one) => [one.competitor, one.versions] as const));
  return { date, machine, rounds, versions: Object.fromEntries(ran), rows };
}

/**
 * What was recorded before, with the rows of jobs that were measured now instead of theirs.
 *
 * @param jobs titles of all jobs in their order; rows of others go
 * @throws Error when rows would stay that are of another machine
 */
export function mergeRecorded(before: Recorded, fresh: Recorded, jobs: readonly string[]): Recorded {
  const measured = new Set(fresh.rows.map(({ job }) => job));
  const kept = before.rows.filter(({ job }) => jobs.includes(job) && !measured.has(job));
  if (kept.length === 0) return fresh;
  for (const field of ['cpu', 'vectors', 'processors', 'node'] as const) {
    if (before.machine[field] === fresh.machine[field]) continue;
    throw new Error(
      `--write: the other rows are of a machine whose ${field} is ${before.machine[field]}, not ${fresh.machine[field]}; measure all jobs`,
    );
  }
  const rows = [...kept, ...fresh.rows].sort((a, b) => jobs.indexOf(a.job) - jobs.indexOf(b.job));
  const loadBefore = Math.max(before.machine.loadBefore ?? 0, fresh.machine.loadBefore ?? 0);
  return {
    ...fresh,
    rounds: Math.min(before.rounds, fresh.rounds),
    machine: { ...fresh.machine, loadBefore },
    versions: { ...before.versions, ...fresh.versions },
    rows,
  };
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
  const pytorch = Object.entries(versions).find(([name]) => name.startsWith('PyTorch'))?.[1];
  const torch = pytorch === undefined ? '' : `, PyTorch ${pytorch.torch}`;
  return [
    markdown(lines),
    `Each figure is the median of ${rounds} runs, which took turns, on as many threads as are quickest, one or two. The factor behind it is this ` +
      `time divided by stepnet's: above 1, stepnet is quicker. Measured ${date}, on ${processors} processors of ` +
      `${cpu} with ${vectors}, Node ${node.slice(1)}${peer}${torch}.${otherWork(loadBefore)}`,
    ...threadsTable(rows),
  ].join('\n\n');
}

const markdown = (lines: readonly string[][]) => lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** stepnet and PyTorch on as many threads each; nothing where that wasn't measured. */
function threadsTable(rows: readonly RecordedRow[]): string[] {
  const has = ({ byThreads = {} }: RecordedRow, family: Family) =>
    Object.values(byThreads).some((one) => one[family] !== undefined);
  const measured = rows.filter((row) => has(row, 'PyTorch'));
  if (measured.length === 0) return [];
  const others = (['PyTorch', 'PyTorch AVX2'] as const).filter((family) =>
    measured.some((row) => has(row, family)),
  );
  const counts = [...new Set(measured.flatMap(({ byThreads }) => Object.keys(byThreads ?? {})))].sort();
  const families = ['stepnet', ...others] as const;
  const titles = new Map(COLUMNS);
  const lines = [
    [
      'on as many threads',
      ...counts.flatMap((count) => families.map((one) => `${titles.get(one)}, ${count}`)),
    ],
    ['---', ...counts.flatMap(() => families.map(() => '---'))],
    ...measured.map((row) => [
      `${row.job}: ${row.metric}`,
      ...counts.flatMap((count) =>
        families.map((family) => cell({ ...row, quickest: row.byThreads?.[count] ?? {} }, family)),
      ),
    ]),
  ];
  return [markdown(lines)];
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
