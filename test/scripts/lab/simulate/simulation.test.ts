import { beforeAll, expect, inject, it } from 'vitest';
import { type App, loadApp } from '../../../../scripts/lab/simulate/app.ts';
import type { Replacement } from '../../../../scripts/lab/simulate/bundles.ts';
import { findExpected } from '../../../../scripts/lab/simulate/expected.ts';
import type { Expected } from '../../../../scripts/lab/simulate/observer.ts';
import { type SimulationReport, simulate } from '../../../../scripts/lab/simulate/simulation.ts';
import { proofOnly } from '../../../support/needs.ts';
import mutations from './mutations.json' with { type: 'json' };

/** Bugs that the simulation has to find, each as changes of the sources. */
const MUTATIONS: Readonly<Record<string, readonly Replacement[]>> = mutations;
/** Of rounds among many faults, of chunks among few, and of others. */
const SEEDS = [8, 12, 2, 3, 4];
/** A mutation may hide from some seeds, not from so many. */
const MOST_SEEDS = 200;

let app: App;
let expected: Expected;

beforeAll(async () => {
  app = await loadApp(inject('assembly'));
  expected = await findExpected(app);
});

it(
  `survives what seeds ${SEEDS.join(', ')} make of it, and the first of them makes the same again`,
  proofOnly,
  async () => {
    const faults = new Set<string>();
    const reports: SimulationReport[] = [];
    for (const seed of SEEDS) {
      const report = await simulate(app, expected, seed);
      expect(report.violations, `npm run simulate -- --seed ${seed}`).toEqual([]);
      for (const fault of report.faults.keys()) faults.add(fault);
      reports.push(report);
    }
    expect(faults.size).toBeGreaterThan(15);
    const [first, ...others] = reports;
    expect(await simulate(app, expected, SEEDS[0]!)).toEqual(first);
    expect(first!.trace.length).toBeGreaterThan(100);
    for (const other of others) expect(other.trace).not.toEqual(first!.trace);
  },
);

it.each(Object.keys(MUTATIONS))('finds that the app %s', proofOnly, async (name) => {
  const mutated = await loadApp(inject('assembly'), MUTATIONS[name]);
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    if ((await simulate(mutated, expected, seed)).violations.length > 0) return;
  }
  expect.unreachable(`${MOST_SEEDS} seeds find nothing`);
});
