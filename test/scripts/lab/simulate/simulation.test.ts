import { beforeAll, expect, inject, it } from 'vitest';
import { type App, loadApp } from '../../../../scripts/lab/simulate/app.ts';
import type { Replacement } from '../../../../scripts/lab/simulate/bundles.ts';
import { findExpected } from '../../../../scripts/lab/simulate/expected.ts';
import type { Expected } from '../../../../scripts/lab/simulate/observer.ts';
import { simulate } from '../../../../scripts/lab/simulate/simulation.ts';
import { howMany, proofOnly } from '../../../support/needs.ts';
import mutations from './mutations.json' with { type: 'json' };

/** Bugs that the simulation has to find, each as changes of the sources. */
const MUTATIONS: Readonly<Record<string, readonly Replacement[]>> = mutations;
/** Two that meet very different faults; all of them in the proof. */
const SEEDS = [2, 3, 1, 4, 5].slice(0, howMany(2, 5));
/** The others take ten seconds and more each. */
const QUICK = [
  'promotes before it evaluates',
  'promotes another checkpoint than was evaluated',
  'writes latest.json before the version that it names',
  'writes the manifest before the shards that it names',
];
/** A mutation may hide from some seeds, not from so many. */
const MOST_SEEDS = 200;

let app: App;
let expected: Expected;

beforeAll(async () => {
  app = await loadApp(inject('assembly'));
  expected = await findExpected(app);
});

it(`survives what seeds ${SEEDS.join(', ')} make of it`, async () => {
  const faults = new Set<string>();
  for (const seed of SEEDS) {
    const report = await simulate(app, expected, seed);
    expect(report.violations, `npm run simulate -- --seed ${seed}`).toEqual([]);
    for (const fault of report.faults.keys()) faults.add(fault);
  }
  expect(faults.size).toBeGreaterThan(howMany(10, 15));
});

it('is the same again for the same seed, to the last line', async () => {
  const [first, second] = [await simulate(app, expected, 4), await simulate(app, expected, 4)];
  expect(second).toEqual(first);
  expect(first.trace.length).toBeGreaterThan(100);
  expect((await simulate(app, expected, 5)).trace).not.toEqual(first.trace);
});

const finds = async (name: string) => {
  const mutated = await loadApp(inject('assembly'), MUTATIONS[name]);
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    if ((await simulate(mutated, expected, seed)).violations.length > 0) return;
  }
  expect.unreachable(`${MOST_SEEDS} seeds find nothing`);
};
const slow = Object.keys(MUTATIONS).filter((name) => !QUICK.includes(name));
it.each(QUICK)('finds that the app %s', finds);
it.each(slow)('finds that the app %s', proofOnly, finds);
