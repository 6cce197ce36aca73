/** One simulation: what the seed makes of it, and what must hold in the end. */
import { KEYS } from '../../../functions/contract/keys.ts';
import { latestModel } from '../../../functions/schemas/documents.ts';
import type { App } from './app.ts';
import type { Expected } from './expectation.ts';
import type { Fault } from './faults.ts';
import { checkIndexes, watchIndexes } from './indexes.ts';
import { operate } from './operators.ts';
import { checkPrediction, readPredictions } from './readers.ts';
import { MODEL } from './tiny-dataset.ts';
import { batches } from './workloads/batches.ts';
import { imports } from './workloads/imports.ts';
import { races } from './workloads/races.ts';
import { sweeps } from './workloads/sweeps.ts';
import { training } from './workloads/training.ts';
import type { Workload } from './workloads/workload.ts';
import { World } from './world.ts';

export interface SimulationReport {
  seed: number;
  /** What must never be and was; empty when all went well. */
  violations: string[];
  faults: ReadonlyMap<Fault, number>;
  /** Of which kind it was. */
  workload: WorkloadName;
  runs: number;
  calls: number;
  invocations: number;
  /** Simulated. */
  seconds: number;
  trace: string[];
}

interface Kind {
  /** Of the seeds. */
  share: number;
  make: (world: World, expected: Expected) => Workload;
  /** Milliseconds between predictions that are asked for, and between an operator's actions. */
  readsEvery: readonly [number, number];
  operator?: readonly [number, number];
}

const WORKLOADS = {
  training: { share: 0.4, make: training, readsEvery: [100, 30_000], operator: [1_000, 120_000] },
  races: { share: 0.25, make: races, readsEvery: [50, 5_000] },
  sweep: { share: 0.13, make: sweeps, readsEvery: [1_000, 60_000] },
  batch: { share: 0.12, make: batches, readsEvery: [500, 20_000] },
  import: { share: 0.1, make: imports, readsEvery: [100, 10_000], operator: [500, 30_000] },
} satisfies Record<string, Kind>;
export type WorkloadName = keyof typeof WORKLOADS;

const OPERATED = 0.3;
/** Milliseconds that whoever is left at work gets for it: a function's longest timeout, and requests that are late. */
const AFTERMATH_MS = 30 * 60_000;

/** @returns what happened; the same for the same seed, app and expectations */
export async function simulate(app: App, expected: Expected, seed: number): Promise<SimulationReport> {
  const world = new World(app, seed, true, expected);
  const { scenario, clock, observer, faults, network, functions, trace } = world;
  const name = drawName(scenario.next());
  const { make, readsEvery, operator }: Kind = WORKLOADS[name];
  trace.add('seed', `${seed} is about ${name}`);
  let runs = 0;
  try {
    const workload = make(world, expected);
    runs = workload.runs;
    const isOperated = operator !== undefined && scenario.chance(OPERATED);
    let isOver = false;
    const work = workload.work().then(() => {
      isOver = true;
    });
    const others = [
      readPredictions(world, expected, readsEvery, () => isOver),
      watchIndexes(world, readsEvery, () => isOver),
    ];
    if (isOperated) others.push(operate(world, operator, () => isOver));
    await world.until([work, ...others]);
    faults.end();
    // Whoever was given up, but goes on, must not spoil what is done.
    await world.until([clock.sleep(AFTERMATH_MS)]);
    if (functions.isBusy) observer.violation('a function is at work for longer than any may');
    const asked = checkPrediction(world, expected);
    await world.until([asked, checkIndexes(world)]);
    if (observer.violations.length === 0) {
      checkVersions(world, isOperated || workload.isGated);
      workload.check();
      if (!(await asked) && observer.isServed) observer.violation('in the end predict gives no prediction');
    }
  } catch (error) {
    observer.violation((error as Error).stack ?? String(error));
  } finally {
    world.end();
  }
  return {
    seed,
    violations: observer.violations,
    faults: faults.counts,
    workload: name,
    runs,
    calls: network.calls,
    invocations: functions.invocations,
    seconds: clock.elapsed / 1000,
    trace: trace.lines,
  };
}

/** @param share uniform in [0, 1) */
function drawName(share: number): WorkloadName {
  let left = share;
  for (const [name, kind] of Object.entries(WORKLOADS)) {
    left -= kind.share;
    if (left < 0) return name as WorkloadName;
  }
  return 'training';
}

/** @param isFree whether the newest version need not be the one that serves */
function checkVersions(world: World, isFree: boolean): void {
  const { observer } = world;
  const numbers = [...observer.versions.values()].map(({ version }) => version).sort((a, b) => a - b);
  if (numbers.some((version, index) => version !== index + 1)) {
    observer.violation(`versions are ${numbers.join(', ')}`);
  }
  for (const [key, { checkpoint }] of observer.versions) {
    if (world.read(key) === undefined) observer.violation(`${key} is gone`);
    if (!observer.matches(checkpoint)) observer.violation(`${key} names a checkpoint that is another`);
  }
  const latest = latestModel.safeParse(world.readJson(KEYS.latest(MODEL))).data;
  const named = [latest?.version, latest?.candidate?.version].filter((version) => version !== undefined);
  for (const version of named) {
    if (!observer.hasVersion(MODEL, version)) {
      observer.violation(`latest.json names version ${version}, which is not there`);
    }
  }
  if (!isFree && latest?.version !== numbers.at(-1)) {
    observer.violation(`version ${latest?.version} serves, the newest is ${numbers.at(-1)}`);
  }
}
