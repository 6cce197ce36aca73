/** A sweep: its runs end as they do alone, the leaderboard says so, and the best of them becomes a version. */
import { gainOf } from '../../../../core/training/metric.ts';
import { KEYS } from '../../../../functions/contract/keys.ts';
import { runStatus } from '../../../../functions/schemas/documents.ts';
import { type Leaderboard, leaderboard } from '../../../../functions/schemas/sweep.ts';
import { type Config, configOf, ITERATIONS, type Kind, weightsOf } from '../configs.ts';
import { finish } from '../executions.ts';
import type { Expected } from '../expectation.ts';
import type { World } from '../world.ts';
import type { Workload } from './workload.ts';

const NAME = 'sweep';
const MOST_RUNGS = 4;
/** With what is trained in each. */
const GRIDS = [
  { kind: 'chunks', grid: { seed: [1, 2, 3] } },
  { kind: 'pictures', grid: { seed: [3, 1] } },
  { kind: 'chunks', grid: { learningRate: [0.25, 0.5] } },
  { kind: 'chunks', grid: { learningRate: [0.5, 0.25], seed: [1, 2] } },
] as const;
const METRICS = [undefined, 'testLoss', 'testAccuracy'] as const;
const STEPS_PER_CHUNK = [6, 24] as const;
const SHARES = { halving: 0.5, capped: 0.25, late: 0.5 } as const;
const LATE = [10, 60_000] as const;
/** So much that it ends no run. */
const WIDE_DOLLARS = 100;

interface Grid {
  seed?: readonly number[];
  learningRate?: readonly number[];
}
type Trial = Partial<Pick<Config, 'seed' | 'learningRate'>>;

export function sweeps(world: World, expected: Expected): Workload {
  const { scenario, observer } = world;
  const { kind, grid } = scenario.pick(GRIDS) as { kind: Kind; grid: Grid };
  const { seed, ...config } = configOf(kind, scenario.pick([1, 2]), {
    chunkIterations: scenario.pick(STEPS_PER_CHUNK),
    evaluateEvery: 6,
  });
  const metric = scenario.pick(METRICS);
  const input = {
    config: { ...config, seed },
    grid,
    ...(metric === undefined ? {} : { metric }),
    ...(scenario.chance(SHARES.halving) ? { halving: { firstIterations: 6, eta: 2 } } : {}),
    ...(scenario.chance(SHARES.capped) ? { maxDollars: WIDE_DOLLARS } : {}),
  };
  const trials = (grid.learningRate ?? [undefined]).flatMap((learningRate) =>
    (grid.seed ?? [undefined]).map(
      (one): Trial => ({
        ...(learningRate === undefined ? {} : { learningRate }),
        ...(one === undefined ? {} : { seed: one }),
      }),
    ),
  );
  const weights = trials.map((trial) => weightsOf({ ...config, seed, ...trial }));
  for (const [trial, own] of weights.entries()) {
    const id = `${NAME}-${String(trial).padStart(4, '0')}`;
    for (let rung = 0; rung < MOST_RUNGS; rung++)
      observer.weights.set(rung === 0 ? id : `${id}-r${rung}`, own);
  }
  return {
    runs: trials.length,
    isGated: false,
    async work() {
      await finish(world, { machine: 'sweep', name: NAME, input }, (error) => {
        // It has to be what the leaderboard says, too.
        return error === 'NoRunSucceededError' && world.faults.counts.size > 0;
      });
      await endBestAgain(world);
    },
    check: () => checkSweep(world, expected, weights, metric),
  };
}

/** The invocation that ended the best run, before the sweep made it a version, has a twin that comes after that. */
async function endBestAgain(world: World): Promise<void> {
  const { app, functions, clock, scenario } = world;
  const { best } = leaderboard.safeParse(world.readJson(KEYS.sweepLeaderboard(NAME))).data ?? {};
  if (best == null || !scenario.chance(SHARES.late)) return;
  await clock.sleep(scenario.spread(...LATE));
  const { runId, step, checkpoint, stopped } = best;
  await functions.invoke(app.arnOf('promote-model'), JSON.stringify({ runId, step, checkpoint, stopped }));
}

function checkSweep(
  world: World,
  { figures }: Expected,
  weights: readonly string[],
  metric: (typeof METRICS)[number],
): void {
  const { observer } = world;
  const check = (holds: boolean, text: string) => {
    if (!holds) observer.violation(`${NAME}: ${text}`);
  };
  const board = leaderboard.parse(world.readJson(KEYS.sweepLeaderboard(NAME)));
  const { entries, best } = board;
  const name = metric ?? 'testAccuracy';
  check(
    entries.length === weights.length,
    `the leaderboard has ${entries.length} of ${weights.length} configs`,
  );
  check(new Set(entries.map(({ trial }) => trial)).size === weights.length, 'a config is there twice');
  for (const entry of entries) {
    const { trial, runId, rung, state, value, step, reason } = entry;
    const status = runStatus.safeParse(world.readJson(KEYS.status(runId))).data;
    if (state === 'failed') check(Boolean(reason), `${runId} has failed, and nobody says why`);
    if (value === null) continue;
    check(value === figures.get(weights[trial]!)!.get(step!)![name], `${runId} has ${name} ${value}`);
    check(status?.state === 'succeeded' && status.ended?.step === step, `${runId} ended elsewhere`);
    check(observer.weights.get(runId) === weights[trial], `rung ${rung} of config ${trial} is ${runId}`);
  }
  for (const lost of entries) {
    // What has a reason as well went on, and failed later.
    if (lost.value === null || lost.reason !== null) continue;
    const figureOf = (trial: number) => figures.get(weights[trial]!)!.get(lost.step!)![name]!;
    for (const { trial } of entries.filter(({ rung }) => rung > lost.rung)) {
      const gain = gainOf(name, figureOf(trial), figureOf(lost.trial));
      const isBetter = gain > 0 || (gain === 0 && trial < lost.trial);
      check(isBetter, `config ${trial} went on from rung ${lost.rung}, config ${lost.trial} was better`);
    }
  }
  check(isSorted(board, name), `the leaderboard is not in order: ${JSON.stringify(entries)}`);
  const versions = [...observer.versions.values()].filter(({ runId }) => runId.startsWith(`${NAME}-`));
  if (best === null) {
    check(entries.every(({ state }) => state === 'failed') && versions.length === 0, 'nothing is the best');
    return;
  }
  const [first] = entries;
  check(best.runId === first!.runId && best.step === first!.step, `the best is ${best.runId}`);
  check(
    best.step === ITERATIONS || entries.some(({ state, reason }) => state === 'failed' || reason !== null),
    `the best ended at step ${best.step}`,
  );
  check(versions.length === 1, `it became ${versions.length} versions`);
  check(
    versions[0]?.runId === best.runId && versions[0]?.checkpoint.sha256 === best.checkpoint.sha256,
    `version ${versions[0]?.version} is not its best`,
  );
}

/** Whoever came further is the better, then by the figure, then as planned; what has none comes last. */
function isSorted({ entries }: Leaderboard, metric: 'testLoss' | 'testAccuracy'): boolean {
  return entries.slice(1).every((entry, index) => {
    const before = entries[index]!;
    if (entry.value === null) return before.value !== null || before.trial < entry.trial;
    if (before.value === null || before.rung < entry.rung) return false;
    if (before.rung > entry.rung) return true;
    const gain = gainOf(metric, before.value, entry.value);
    return gain > 0 || (gain === 0 && before.trial < entry.trial);
  });
}
