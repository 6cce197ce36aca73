import { describe, expect, it } from 'vitest';
import { appTable } from '../../../../scripts/lab/bench/app.ts';
import type { Family } from '../../../../scripts/lab/bench/competitors.ts';
import { agree, type Entry, type JobReport } from '../../../../scripts/lab/bench/measure.ts';
import { ratiosByThreads, ratiosOf } from '../../../../scripts/lab/bench/ratios.ts';
import { alignFigures, jobTables, threeDigits } from '../../../../scripts/lab/bench/table.ts';

function entry(competitor: string, family: Family, median: number, more: Partial<Entry> = {}): Entry {
  const score = { loss: 0.25, accuracy: 0.93 };
  const figure = { samples: [median], median, min: median, max: median, spread: 0 };
  return {
    competitor,
    family,
    threads: 1,
    steps: 100,
    versions: {},
    figures: { training: figure },
    score,
    expectedScore: score,
    agrees: true,
    ...more,
  };
}

const report: JobReport = {
  id: 'textbook',
  title: 'the job',
  metrics: [{ id: 'training', title: 'all of it', unit: 's' }],
  entries: [
    entry('ours, 1 thread', 'stepnet', 2),
    entry('ours, 2 threads', 'stepnet', 1),
    entry('NumPy, 1 thread', 'NumPy', 3),
    entry('NumPy, 2 threads', 'NumPy', 2.5),
    entry('tfjs', 'tfjs', 30, { steps: 10 }),
  ],
};

it('the ratios compare the best of each family with the best of ours', () => {
  expect(ratiosOf(report)).toMatchObject([
    { family: 'NumPy', best: 'NumPy, 2 threads', ours: 'ours, 2 threads', ratio: 2.5 },
    { family: 'tfjs', best: 'tfjs', ours: 'ours, 2 threads', ratio: 30 },
  ]);
});

it('the ratios on as many threads are of those that know several', () => {
  const [one, two, ...others] = report.entries as [Entry, Entry, ...Entry[]];
  const entries = [one, { ...two, threads: 2 }, others[0]!, { ...others[1]!, threads: 2 }, others[2]!];
  expect(
    ratiosByThreads({ ...report, entries }).map(({ family, threads, ratio }) => [family, threads, ratio]),
  ).toEqual([
    ['NumPy', 1, 1.5],
    ['NumPy', 2, 2.5],
  ]);
});

it('whether a score is about the same takes rounding that grew, not another result', () => {
  const ours = { loss: 0.25, accuracy: 0.93 };
  expect(agree({ loss: 0.2501, accuracy: 0.9299 }, ours)).toBe(true);
  expect(agree({ loss: 0.251, accuracy: 0.93 }, ours)).toBe(false);
  expect(agree({ loss: 0.25, accuracy: 0.92 }, ours)).toBe(false);
  expect(agree({ loss: Number.NaN, accuracy: 0.93 }, ours)).toBe(false);
});

describe('the table', () => {
  it('has a row per competitor and says who did fewer steps', () => {
    const lines = jobTables(report, ratiosOf(report), 100).split('\n');
    expect(lines[0]).toMatch(
      /^the job: all of it +median +min +max +spread +to ours +loss +accuracy +as ours$/,
    );
    expect(lines[1]).toMatch(/^ours, 1 thread +2\.00 s .* 2\.00× +0\.2500 +0\.9300 +yes$/);
    expect(lines).toContain('  NumPy / stepnet = 2.50 (NumPy, 2 threads; ours, 2 threads)');
    expect(lines).toContain('  tfjs: 10 steps were timed and scaled');
  });

  it('shows what was expected of a competitor that did other work', () => {
    const odd = entry('odd', 'tfjs', 1, { score: { loss: 1, accuracy: 0.5 }, agrees: false });
    const table = jobTables({ ...report, entries: [...report.entries, odd] }, [], 100);
    expect(table).toMatch(/^odd .* 1\.0000 +0\.5000 +NO: 0\.2500 0\.9300$/m);
  });

  it('aligns the first column left and the others right', () => {
    expect(
      alignFigures([
        ['a', '1'],
        ['bcd', '234'],
      ]),
    ).toBe('a      1\nbcd  234');
  });

  it('shows three digits, never an exponent', () => {
    expect([0.01234, 1.234, 12.34, 123.4, 12_345].map(threeDigits)).toEqual([
      '0.0123',
      '1.23',
      '12.3',
      '123',
      '12345',
    ]);
  });
});

it('the table of the app has seconds, and what they are of its training compute', () => {
  const lines = appTable([
    { job: 'pipeline', what: 'states of the default run', samples: [3000, 1500, 2000], toCompute: 1.6 },
    { job: 'pipeline', what: 'training compute', samples: [1250] },
  ]).split('\n');
  expect(lines[1]).toMatch(/^states of the default run +2\.00 s +1\.50 s +3\.00 s +1\.60×$/);
  expect(lines[2]).toMatch(/^training compute +1\.25 s +1\.25 s +1\.25 s *$/);
});
