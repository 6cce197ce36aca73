import { beforeAll, expect, inject, it } from 'vitest';
import { type App, loadApp } from '../../../../scripts/lab/simulate/app.ts';
import type { Expected } from '../../../../scripts/lab/simulate/expectation.ts';
import { findExpected } from '../../../../scripts/lab/simulate/expected.ts';
import { simulate } from '../../../../scripts/lab/simulate/simulation.ts';
import { isProof } from '../../../support/needs.ts';

/** One of each kind: promotions, a sweep, training, imports, a batch. */
const SEEDS = isProof ? [1, 4, 5, 10, 17, 8, 12, 2, 3, 13] : [1, 14, 4, 50, 37];

let app: App;
let expected: Expected;

beforeAll(async () => {
  app = await loadApp(inject('assembly'));
  expected = await findExpected(app);
});

it(`survives what seeds ${SEEDS.join(', ')} make of it, and the first of them makes the same again`, async () => {
  const faults = new Set<string>();
  const workloads = new Set<string>();
  const traces: string[] = [];
  for (const seed of SEEDS) {
    const report = await simulate(app, expected, seed);
    expect(report.violations, `npm run simulate -- --seed ${seed}`).toEqual([]);
    for (const fault of report.faults.keys()) faults.add(fault);
    workloads.add(report.workload);
    traces.push(report.trace.join('\n'));
  }
  expect(workloads.size).toBe(5);
  expect(faults.size).toBeGreaterThan(8);
  const again = await simulate(app, expected, SEEDS[0]!);
  expect(again.trace.length).toBeGreaterThan(50);
  expect(again.trace.join('\n')).toBe(traces[0]);
  expect(new Set(traces).size).toBe(SEEDS.length);
});
