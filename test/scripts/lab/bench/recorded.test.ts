/** The table of docs/performance.md is of what the bench recorded. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeMachine, vectorsOf } from '../../../../scripts/lab/bench/machine.ts';
import type { Entry, JobReport } from '../../../../scripts/lab/bench/measure.ts';
import {
  fillAppTable,
  fillBenchTable,
  mergeRecorded,
  type Recorded,
  type RecordedApp,
  record,
  recordedTable,
} from '../../../../scripts/lab/bench/recorded.ts';

const ROOT = join(import.meta.dirname, '../../../..');

it('the page says what is recorded', () => {
  const page = readFileSync(join(ROOT, 'docs/performance.md'), 'utf8');
  const file = readFileSync(join(ROOT, 'scripts/lab/bench/recorded.json'), 'utf8');
  expect(fillBenchTable(page, JSON.parse(file) as Recorded)).toBe(page);
});

it('the page says what is recorded of cold starts and latency', () => {
  const page = readFileSync(join(ROOT, 'docs/performance.md'), 'utf8');
  const file = readFileSync(join(ROOT, 'scripts/lab/bench/recorded-app.json'), 'utf8');
  expect(fillAppTable(page, JSON.parse(file) as RecordedApp)).toBe(page);
});

it('a page without a place for it is refused', () => {
  const recorded: RecordedApp = { date: '', machine: describeMachine(), rounds: 1, figures: [] };
  expect(() => fillAppTable('<!-- bench -->\n<!-- end -->', recorded)).toThrow('<!-- bench of the app -->');
});

it('has median, least and most of the app’s figures, in a place of their own', () => {
  const machine = { ...describeMachine(), cpu: 'CPU 9', processors: 2, loadBefore: 3 };
  const figures = [{ what: 'p99', samples: [9, 2, 4, 30] }];
  const recorded: RecordedApp = { date: 'on 2026-12-01', machine, rounds: 4, figures };
  const page = fillAppTable(
    '<!-- bench -->\n<!-- end -->\n<!-- bench of the app -->\nold\n<!-- end -->\n',
    recorded,
  );
  expect(page).toMatch(/^<!-- bench -->\n<!-- end -->\n<!-- bench of the app -->\n\n\| {2}\| median/);
  expect(page).toContain('\n| p99 | 6.50 ms | 2.00 ms | 30.0 ms |\n');
  expect(page).toMatch(/Of 4 rounds.*2 processors of CPU 9.*the load before was 3\.0\.\n\n<!-- end -->\n$/);
  expect(page).not.toContain('old');
});

const MACHINE = {
  ...describeMachine(),
  cpu: 'CPU 9',
  vectors: 'AVX2, 256 bits',
  processors: 2,
  loadBefore: 0.1,
};

function entry(competitor: string, family: Entry['family'], threads: number, middle: number): Entry {
  const figures = { training: { min: middle / 2, median: middle } };
  return { competitor, family, threads, versions: {}, figures } as unknown as Entry;
}

const reportOf = (title: string, ...entries: Entry[]) =>
  ({ title, metrics: [{ id: 'training', title: 'one step', unit: 'ms' }], entries }) as unknown as JobReport;

it('has the median of each family’s quickest, and factors to ours', () => {
  const report = reportOf(
    'the job',
    entry('ours, 1 thread', 'stepnet', 1, 3),
    entry('ours, 2 threads', 'stepnet', 2, 2),
    entry('NumPy, 1 thread', 'NumPy', 1, 5),
    entry('NumPy, 2 threads', 'NumPy', 2, 7),
  );
  const lines = recordedTable(record('on 2026-12-01', MACHINE, 3, [report])).split('\n');
  expect(lines.slice(0, 3)).toEqual([
    '| work | stepnet | NumPy + OpenBLAS |',
    '| --- | --- | --- |',
    '| the job: one step | 2.00 ms | 5.00 ms (2.50×) |',
  ]);
  expect(lines.at(-1)).toMatch(
    /median of 3 runs.*on 2026-12-01, on 2 processors of CPU 9 with AVX2, 256 bits/,
  );
  expect(lines.at(-1)).not.toContain('Other work');
});

it('has PyTorch on as many threads as ours, where it is, in a table of its own', () => {
  const reports = [
    reportOf('dense', entry('ours', 'stepnet', 1, 3), entry('ours', 'stepnet', 2, 2)),
    reportOf(
      'conv',
      entry('ours', 'stepnet', 1, 8),
      entry('ours', 'stepnet', 2, 5),
      entry('PyTorch', 'PyTorch', 1, 6),
      entry('PyTorch', 'PyTorch', 2, 20),
    ),
  ];
  const table = recordedTable(record('on 2026-12-01', MACHINE, 3, reports));
  expect(table).toContain('| conv: one step | 5.00 ms | 6.00 ms (1.20×) |');
  expect(table.split('\n').slice(-3)).toEqual([
    '| on as many threads | stepnet, 1 | PyTorch, 1 | stepnet, 2 | PyTorch, 2 |',
    '| --- | --- | --- | --- | --- |',
    '| conv: one step | 8.00 ms | 6.00 ms (0.75×) | 5.00 ms | 20.0 ms (4.00×) |',
  ]);
});

describe('some jobs measured again', () => {
  const of = (date: string, time: number, loadBefore: number, ...titles: string[]) =>
    record(
      date,
      { ...MACHINE, loadBefore },
      3,
      titles.map((title) => reportOf(title, entry('ours', 'stepnet', 1, time))),
    );
  const shown = ({ rows }: Recorded) => rows.map(({ job, quickest }) => [job, quickest.stepnet]);

  it('replace their rows, in the order of the jobs, and a job that is no more goes', () => {
    const before = of('on 2026-12-01', 1, 1.5, 'gone', 'third', 'first');
    const merged = mergeRecorded(before, of('on 2026-12-02', 2, 0.25, 'second', 'first'), [
      'first',
      'second',
      'third',
    ]);
    expect(shown(merged)).toEqual([
      ['first', 2],
      ['second', 2],
      ['third', 1],
    ]);
    expect([merged.date, merged.machine.loadBefore]).toEqual(['on 2026-12-02', 1.5]);
  });

  it('are refused on another machine, unless no row of the other stays', () => {
    const before = of('on 2026-12-01', 1, 0, 'first', 'second');
    before.machine.cpu = 'CPU 8';
    const jobs = ['first', 'second'];
    expect(() => mergeRecorded(before, of('on 2026-12-02', 2, 0, 'second'), jobs)).toThrow(
      'the other rows are of a machine whose cpu is CPU 8, not CPU 9; measure all jobs',
    );
    expect(shown(mergeRecorded(before, of('on 2026-12-02', 2, 0, 'first', 'second'), jobs))).toEqual([
      ['first', 2],
      ['second', 2],
    ]);
  });
});

it.each([
  ['arm64', '', 'NEON, 128 bits'],
  ['x64', 'flags : avx avx2 avx512f avx512vl', 'AVX-512'],
  ['x64', 'flags : avx avx2', 'AVX2, 256 bits'],
  ['x64', 'flags : avx', '128 bits'],
  ['x64', '', 'vectors unknown'],
])('a processor of %s that says %j has %s', (architecture, info, vectors) => {
  expect(vectorsOf(architecture, info)).toBe(vectors);
});
