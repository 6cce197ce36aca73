/** One simulation: what the seed makes of it, and what must hold in the end. */
import { KEYS } from '../../../functions/contract/keys.ts';
import { latestModel, runStatus } from '../../../functions/schemas/documents.ts';
import {
  checkAnswer,
  finishRun,
  MODEL,
  operate,
  type Run,
  readPredictions,
  requestPrediction,
} from './actors.ts';
import type { App } from './app.ts';
import { CONFIG_SEEDS, weightsOf } from './expected.ts';
import type { Fault } from './faults.ts';
import { type Expected, json } from './observer.ts';
import { configOf, parallelConfigOf } from './tiny-dataset.ts';
import { World } from './world.ts';

export interface SimulationReport {
  seed: number;
  /** What must never be and was; empty when all went well. */
  violations: string[];
  faults: ReadonlyMap<Fault, number>;
  runs: number;
  calls: number;
  invocations: number;
  /** Simulated. */
  seconds: number;
  trace: string[];
}

const MOST_RUNS = 3;
const STEPS_PER_CHUNK = [2, 3, 6, 24] as const;
const EVALUATE_EVERY = [4, 5, 7] as const;
/** Share of the runs that are data-parallel, and steps between their evaluations: a round's, and two rounds'. */
const PARALLEL = 0.35;
const EVALUATE_ROUNDS = [9, 18] as const;
const STARTS_WITHIN = [1, 30_000] as const;
/** Milliseconds that whoever is left at work gets for it: a function's longest timeout, and requests that are late. */
const AFTERMATH_MS = 20 * 60_000;

/** @returns what happened; the same for the same seed, app and expectations */
export async function simulate(app: App, expected: Expected, seed: number): Promise<SimulationReport> {
  const world = new World(app, seed, true, expected);
  const { scenario, clock, observer, faults, network, functions, trace } = world;
  const runs: Run[] = Array.from({ length: 1 + scenario.below(MOST_RUNS) }, (_, index) => {
    const seedOfRun = scenario.pick(CONFIG_SEEDS);
    const config = scenario.chance(PARALLEL)
      ? parallelConfigOf(seedOfRun, scenario.pick(EVALUATE_ROUNDS))
      : configOf(seedOfRun, scenario.pick(STEPS_PER_CHUNK), scenario.pick(EVALUATE_EVERY));
    const name = `run-${index + 1}`;
    observer.weights.set(name, weightsOf(config));
    const promotion = { metric: 'testAccuracy', tolerance: 0.1 };
    return { name, config: scenario.chance(0.3) ? { ...config, promotion } : config };
  });
  const hasOperator = scenario.chance(0.3);
  let isOver = false;
  try {
    const training = Promise.all(
      runs.map(async (run) => {
        await clock.sleep(scenario.spread(...STARTS_WITHIN));
        await finishRun(world, run);
      }),
    ).then(() => {
      isOver = true;
    });
    const others = [readPredictions(world, expected, () => isOver)];
    if (hasOperator) others.push(operate(world, () => isOver));
    await world.until([training, ...others]);
    faults.end();
    // Whoever was given up, but goes on, must not spoil what is done.
    await world.until([clock.sleep(AFTERMATH_MS)]);
    if (functions.isBusy) observer.violation('a function is at work for longer than any may');
    const asked = requestPrediction(world);
    await world.until([asked]);
    if (observer.violations.length === 0) checkEnd(world, runs, hasOperator);
    const answer = await Promise.race([asked, undefined]);
    if (answer !== undefined) checkAnswer(world, answer, expected, true);
    if (answer?.statusCode !== 200)
      observer.violation(`in the end predict answers ${JSON.stringify(answer)}`);
  } catch (error) {
    observer.violation((error as Error).stack ?? String(error));
  } finally {
    world.end();
  }
  return {
    seed,
    violations: observer.violations,
    faults: faults.counts,
    runs: runs.length,
    calls: network.calls,
    invocations: functions.invocations,
    seconds: clock.elapsed / 1000,
    trace: trace.lines,
  };
}

function checkEnd(world: World, runs: readonly Run[], hasOperator: boolean): void {
  const { observer } = world;
  const read = (key: string): unknown => {
    const bytes = world.read(key);
    return bytes === undefined ? undefined : json(bytes);
  };
  for (const { name, config } of runs) {
    const status = runStatus.safeParse(read(KEYS.status(name))).data;
    if (status?.state !== 'succeeded') {
      observer.violation(`${name} has succeeded, its status says ${JSON.stringify(status)}`);
    }
    const own = [...observer.versions.values()].filter(({ runId }) => runId === name);
    if (own.length !== 1) observer.violation(`${name} became ${own.length} versions`);
    const sha256 = observer.checkpointOf(name, config.iterations);
    for (const { version, step, checkpoint } of own) {
      if (step !== config.iterations || checkpoint.sha256 !== sha256) {
        observer.violation(`version ${version} is of step ${step} with another checkpoint than ${name} has`);
      }
    }
  }
  const numbers = [...observer.versions.values()].map(({ version }) => version).sort((a, b) => a - b);
  if (numbers.some((version, index) => version !== index + 1)) {
    observer.violation(`versions are ${numbers.join(', ')}`);
  }
  for (const [key, { checkpoint }] of observer.versions) {
    if (world.read(key) === undefined && !observer.deleted.has(key)) observer.violation(`${key} is gone`);
    if (!observer.matches(checkpoint)) observer.violation(`${key} names a checkpoint that is another`);
  }
  const latest = latestModel.safeParse(read(KEYS.latest(MODEL))).data;
  const named = [latest?.version, latest?.candidate?.version].filter((version) => version !== undefined);
  for (const version of named) {
    if (world.read(KEYS.version(MODEL, version)) === undefined) {
      observer.violation(`latest.json names version ${version}, which is not there`);
    }
  }
  const isGated = runs.some(({ config }) => config.promotion !== undefined);
  if (!hasOperator && !isGated && latest?.version !== numbers.at(-1)) {
    observer.violation(`version ${latest?.version} serves, the newest is ${numbers.at(-1)}`);
  }
}
