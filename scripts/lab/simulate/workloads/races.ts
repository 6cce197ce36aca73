/**
 * Runs that have come to their end before, and promotions of all of them at once: again and again by whoever is late,
 * with starts and failures that are late as well, while two people change what serves. It is cheap, and full of races.
 */
import { KEYS } from '../../../../functions/contract/keys.ts';
import { runConfig, stepMetrics } from '../../../../functions/schemas/documents.ts';
import { encodeJson } from '../../../../functions/store/json.ts';
import { ITERATIONS } from '../configs.ts';
import type { Expected, Finished } from '../expectation.ts';
import { json } from '../observer.ts';
import { operate } from '../operators.ts';
import type { World } from '../world.ts';
import { checkRun, type Workload } from './workload.ts';

const MOST_PROMOTIONS = 5;
const OPERATORS = 2;
const OPERATES_EVERY = [20, 8_000] as const;
const STARTS_WITHIN = [1, 400] as const;
/** When something that was asked for before is asked for again. */
const LATE = [10, 60_000] as const;
const MOST_LATE = 3;
const GATED = 0.3;
const AGAIN_AFTER = [200, 4_000] as const;
const MOST_TRIES = 30;

interface Ended {
  name: string;
  manifestSha256: string;
  config: unknown;
  promote: object;
}

/** The dataset and a run that is about to be promoted. @param promotion condition that it gets */
export function prepareEnded(
  world: World,
  expected: Expected,
  { name, weights }: Finished,
  promotion: object | 'always',
): Ended {
  const { clock, observer } = world;
  for (const [key, bytes] of expected.objects) {
    const isOwn = key.startsWith(`runs/${name}/`) && !key.endsWith('config.json');
    if ((isOwn || key.startsWith('datasets/')) && world.read(key) === undefined)
      world.prepare(key, bytes, 'before/1');
  }
  const run = runConfig.parse(json(expected.objects.get(KEYS.runConfig(name))!));
  const config = { ...run.config, promotion };
  world.prepare(KEYS.runConfig(name), encodeJson({ ...run, config }), 'start-run/0');
  const now = new Date(clock.now).toISOString();
  const status = { state: 'running', totalSteps: run.totalSteps, startedAt: now, updatedAt: now };
  world.prepare(KEYS.status(name), encodeJson(status), 'start-run/0');
  observer.weights.set(name, weights);
  const metrics = stepMetrics.parse(json(expected.objects.get(KEYS.metrics(name, ITERATIONS))!));
  const promote = { runId: name, step: ITERATIONS, checkpoint: metrics.checkpoint, stopped: null };
  return { name, config, promote, manifestSha256: run.manifestSha256 };
}

/** Invokes a function until it succeeds, as the state machine does. @returns its result */
export async function insist(world: World, entry: string, event: object): Promise<unknown> {
  const { app, functions, scenario, clock, faults, observer } = world;
  for (let attempt = 1; ; attempt++) {
    if (attempt > MOST_TRIES / 2) faults.end();
    const { payload, error } = await functions.invoke(app.arnOf(entry), JSON.stringify(event));
    if (error === undefined) return JSON.parse(payload!);
    if (attempt === MOST_TRIES) observer.violation(`${entry} fails again and again: ${error.errorMessage}`);
    await clock.sleep(scenario.spread(...AGAIN_AFTER));
  }
}

export function races(world: World, expected: Expected): Workload {
  const { scenario, clock } = world;
  const finished = scenario.shuffled(expected.finished).slice(0, 2 + scenario.below(MOST_PROMOTIONS - 1));
  const runs = finished.map((one) => {
    const isGated = scenario.chance(GATED);
    const promotion = { metric: 'testAccuracy', tolerance: 0.1 };
    return prepareEnded(world, expected, one, isGated ? promotion : 'always');
  });
  let isOver = false;
  return {
    runs: runs.length,
    isGated: true,
    async work() {
      const operators = Array.from({ length: OPERATORS }, () => operate(world, OPERATES_EVERY, () => isOver));
      await Promise.all(
        runs.map(async (run) => {
          await clock.sleep(scenario.spread(...STARTS_WITHIN));
          const late = Array.from({ length: scenario.below(MOST_LATE + 1) }, () => repeat(world, run));
          await Promise.all([insist(world, 'promote-model', run.promote), ...late]);
        }),
      );
      isOver = true;
      await Promise.all(operators);
    },
    check() {
      for (const { name } of runs) checkRun(world, name, ITERATIONS);
    },
  };
}

/** Something of the run that was invoked before, and of which nobody waits for the answer any more. */
async function repeat(world: World, { name, config, promote, manifestSha256 }: Ended): Promise<void> {
  const { app, clock, scenario, functions } = world;
  const events = {
    'promote-model': promote,
    'start-run': { runId: name, executionName: name, config, manifestSha256 },
    'record-failure': { runId: name, error: { Error: 'Sandbox.Timedout', Cause: 'no answer' } },
  };
  await clock.sleep(scenario.spread(...LATE));
  // A failure is recorded when the tries are used up; the last of them may still be at work.
  const entry = scenario.pick(['promote-model', 'promote-model', 'start-run', 'record-failure'] as const);
  await functions.invoke(app.arnOf(entry), JSON.stringify(events[entry]));
}
