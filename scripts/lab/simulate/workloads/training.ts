/** Runs of one model at once, in chunks and in rounds, with all ways to end. */
import { KEYS } from '../../../../functions/contract/keys.ts';
import { along } from '../../../../functions/contract/states.ts';
import { runStatus, stepMetrics } from '../../../../functions/schemas/documents.ts';
import { chargeFor, readPrices } from '../../../../functions/schemas/prices.ts';
import { type Config, drawConfig, lastStepOf, STEPS_PER_EPOCH, weightsOf } from '../configs.ts';
import { finish } from '../executions.ts';
import type { Expected } from '../expectation.ts';
import type { World } from '../world.ts';
import { checkRun, type Workload } from './workload.ts';

const MOST_RUNS = 3;
const STARTS_WITHIN = [1, 30_000] as const;
/** From this on, no run comes near its cap. */
const WIDE = 10;
/** Checkpoints beyond a cap: one that was measured too late, and those of attempts that were cut before it. */
const BEYOND_CAP = 3;
/** Clocks of two functions may differ by so much. */
const MOST_SKEW_MS = 10 * 60_000;
/** Functions whose clocks decide how long a run has taken: who says when it began, and who looks. */
const CAP_CLOCKS = ['start-run', 'record-failure', 'train-chunk', 'train-worker', 'reduce-round'] as const;

interface Run {
  name: string;
  config: Config;
}

export function training(world: World, expected: Expected): Workload {
  const { scenario, clock, observer } = world;
  const runs: Run[] = Array.from({ length: 1 + scenario.below(MOST_RUNS) }, (_, index) => {
    const run = { name: `run-${index + 1}`, config: drawConfig(scenario) };
    observer.weights.set(run.name, weightsOf(run.config));
    return run;
  });
  return {
    runs: runs.length,
    isGated: runs.some(({ config }) => config.promotion !== 'always' || hasCap(config)),
    async work() {
      await Promise.all(
        runs.map(async ({ name, config }) => {
          await clock.sleep(scenario.spread(...STARTS_WITHIN));
          await finish(world, { machine: 'training', name, input: config });
        }),
      );
    },
    check: () => {
      for (const run of runs) checkEnd(world, run, expected);
    },
  };
}

const hasCap = ({ maxDollars, maxSeconds }: Config) => maxDollars !== undefined || maxSeconds !== undefined;

function checkEnd(world: World, { name, config }: Run, { figures }: Expected): void {
  const { observer } = world;
  const own = figures.get(weightsOf(config))!;
  const last = lastStepOf(config, (step) => own.get(step)!.testLoss!);
  const { stopped: why, version, promoted } = runStatus.parse(world.readJson(KEYS.status(name)));
  // Early stopping is said there, too.
  const stopped = why === undefined || /max(Dollars|Seconds)/.test(why) ? why : undefined;
  checkRun(world, name, stopped === undefined ? last : undefined);
  const { maxDollars = WIDE, maxSeconds = WIDE } = config;
  if (stopped !== undefined && maxDollars >= WIDE && maxSeconds >= WIDE ** 3) {
    observer.violation(`${name} ${stopped}, which it was far from`);
  }
  const [document] = [...observer.versions.values()].filter((one) => one.runId === name);
  const isEarly = stopped !== undefined && document!.step < STEPS_PER_EPOCH;
  if (isEarly && promoted) observer.violation(`version ${version} serves, of less than an epoch`);
  checkCaps(world, { name, config });
  checkCost(world, { name, config });
}

/** At least its turns are paid for, whatever was lost. */
function checkCost(world: World, { name, config }: Run): void {
  const prefix = KEYS.metricsPrefix(name);
  const last = world.keys().findLast((key) => key.startsWith(prefix))!;
  const { step, timing } = stepMetrics.parse(world.readJson(last));
  // StartRun trains the first chunk of an execution, and each execution comes by as many states before that.
  const turns = config.workers === undefined ? Math.ceil(step / (config.chunkIterations ?? step)) - 1 : 0;
  const least = turns * chargeFor({ transitions: along('turn').transitions }, readPrices());
  if (timing.runDollars < least) {
    world.observer.violation(`${name} has cost ${timing.runDollars} dollars after ${turns} turns`);
  }
}

/** Nobody trains on and on when the cap is passed. */
function checkCaps(world: World, { name, config }: Run): void {
  const { observer, functions } = world;
  const isSkewed = CAP_CLOCKS.some((entry) => functions.skewed.has(entry));
  const skewSeconds = isSkewed ? MOST_SKEW_MS / 1000 : 0;
  const { maxDollars = Number.POSITIVE_INFINITY, maxSeconds = Number.POSITIVE_INFINITY } = config;
  const prefix = KEYS.metricsPrefix(name);
  const beyond = world
    .keys()
    .filter((key) => key.startsWith(prefix))
    .filter((key) => {
      const { timing, stopped, checkpoint } = stepMetrics.parse(world.readJson(key));
      // A start that could not be written down is none from which anybody counts.
      const started = observer.writtenAt(KEYS.status(name)).first;
      const seconds = (observer.writtenAt(key).last - started) / 1000;
      const isBeyond = timing.runDollars > maxDollars || seconds > maxSeconds + skewSeconds;
      return isBeyond && stopped === undefined && checkpoint !== null;
    });
  if (beyond.length > BEYOND_CAP) observer.violation(`${name} goes on beyond its cap: ${beyond.join(', ')}`);
}
