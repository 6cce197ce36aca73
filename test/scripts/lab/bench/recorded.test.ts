/** The table of docs/performance.md is of what the bench recorded. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeMachine, vectorsOf } from '../../../../scripts/lab/bench/machine.ts';
import type { Entry, JobReport } from '../../../../scripts/lab/bench/measure.ts';
import {
  fillAppTable,
  fillBenchTable,
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

it('has the median of each family’s quickest, and factors to ours', () => {
  const entry = (competitor: string, family: Entry['family'], middle: number) =>
    ({
      competitor,
      family,
      versions: {},
      figures: { training: { min: middle / 2, median: middle } },
    }) as unknown as Entry;
  const report = {
    title: 'the job',
    metrics: [{ id: 'training', title: 'one step', unit: 'ms' }],
    entries: [
      entry('ours, 1 thread', 'stepnet', 3),
      entry('ours, 2 threads', 'stepnet', 2),
      entry('NumPy, 1 thread', 'NumPy', 5),
      entry('NumPy, 2 threads', 'NumPy', 7),
    ],
  } as unknown as JobReport;
  const machine = {
    ...describeMachine(),
    cpu: 'CPU 9',
    vectors: 'AVX2, 256 bits',
    processors: 2,
    loadBefore: 0.1,
  };
  const lines = recordedTable(record('on 2026-12-01', machine, 3, [report])).split('\n');
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

it.each([
  ['arm64', '', 'NEON, 128 bits'],
  ['x64', 'flags : avx avx2 avx512f avx512vl', 'AVX-512'],
  ['x64', 'flags : avx avx2', 'AVX2, 256 bits'],
  ['x64', 'flags : avx', '128 bits'],
  ['x64', '', 'vectors unknown'],
])('a processor of %s that says %j has %s', (architecture, info, vectors) => {
  expect(vectorsOf(architecture, info)).toBe(vectors);
});
