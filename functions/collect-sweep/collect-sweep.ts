/** Ends a rung: says who goes on, or, where nobody does, how all configs of the sweep compare. */
import type { z } from 'zod';
import { KEYS } from '../contract/keys.ts';
import { logger } from '../observe/logging.ts';
import { dollarsPerRun, leastSweepRun } from '../run/sweep-budget.ts';
import { runsOfRung } from '../run/sweep-runs.ts';
import type { EndOfRun } from '../schemas/parts.ts';
import type { Prices } from '../schemas/prices.ts';
import {
  type collectSweepInput,
  type Leaderboard,
  leaderboard,
  type SweepPlan,
  type SweepRun,
  type SweepRung,
  sweepPlan,
  sweepRun,
} from '../schemas/sweep.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { mapSomeAtOnce } from '../store/some-at-once.ts';
import { createDocument, findDocument, getDocument } from '../store/verified.ts';
import { figureOf, inOrder, metricOf, rank } from './ranking.ts';
import { type RunResult, resultOf } from './result.ts';

/** Of a sweep's runs there is none whose model could be promoted. */
export class NoRunSucceededError extends Error {
  override readonly name = 'NoRunSucceededError';
}

/** The rung's runs have all ended. */
export interface CollectRequest extends z.output<typeof collectSweepInput> {
  store: ObjectStore;
  prices: Prices;
  now?: Date;
}

/**
 * The leaderboard is written once: where it is, the sweep is over.
 *
 * @throws NoRunSucceededError when there is nothing to promote
 */
export async function collectSweep(request: CollectRequest): Promise<SweepRung> {
  const { store, sweepId, rung, prices, now = new Date() } = request;
  const known = await findDocument(store, leaderboard, KEYS.sweepLeaderboard(sweepId));
  if (known !== undefined) return over(request, known);
  const plan = await getDocument(store, sweepPlan, KEYS.sweepPlan(sweepId));
  const results: RunResult[] = [];
  for (let each = 0; each <= rung; each++) {
    const runs = await getDocument(store, sweepRun.array(), KEYS.sweepRuns(sweepId, each));
    results.push(...(await mapSomeAtOnce(runs, (run) => resultOf(store, run, now))));
  }
  const spent = results.reduce((sum, { dollars }) => sum + dollars, 0);
  const members = goingOn(plan, rung, results);
  if (members.length === 0) return over(request, await writeLeaderboard(store, plan, results, null));
  const next = withRuns(plan, rung + 1, members.length);
  const share = dollarsPerRun(next, rung + 1, spent);
  if (share !== undefined && share < leastSweepRun(prices)) {
    const stopped = `stopped after rung ${rung} of ${plan.rungs.length - 1}: maxDollars ${plan.maxDollars} reached`;
    return over(request, await writeLeaderboard(store, plan, results, stopped));
  }
  return begin(store, sweepId, rung + 1, runsOfRung(next, rung + 1, spent, members));
}

/** The first plan of a rung stays, as costs may be counted otherwise later. */
async function begin(
  store: ObjectStore,
  sweepId: string,
  rung: number,
  runs: SweepRun[],
): Promise<SweepRung> {
  const runsKey = KEYS.sweepRuns(sweepId, rung);
  const { length } = await createDocument(store, sweepRun.array(), runsKey, runs);
  logger.info('next rung', { sweepId, rung, runs: length });
  return { rung, runsKey, runs: length, done: false, best: null };
}

/** The best of the rung, as many as the next one takes; nobody where there is no next one, or nobody succeeded. */
function goingOn(
  plan: SweepPlan,
  rung: number,
  results: readonly RunResult[],
): { trial: number; end: EndOfRun }[] {
  const metric = metricOf(plan, results);
  const own = results.filter((result) => result.run.sweep.rung === rung && figureOf(result, metric) !== null);
  return inOrder(own, metric)
    .slice(0, plan.rungs[rung + 1]?.runs ?? 0)
    .map(({ run, end }) => ({ trial: run.sweep.trial, end: end! }));
}

/** The plan where a rung has other runs than planned: fewer, where too many failed. */
function withRuns(plan: SweepPlan, rung: number, runs: number): SweepPlan {
  return { ...plan, rungs: plan.rungs.map((each, index) => (index === rung ? { ...each, runs } : each)) };
}

async function writeLeaderboard(
  store: ObjectStore,
  plan: SweepPlan,
  results: readonly RunResult[],
  stopped: string | null,
): Promise<Leaderboard> {
  const { sweepId, model, maxDollars = null } = plan;
  const metric = metricOf(plan, results);
  const { entries, best } = rank(plan, results, metric);
  const made: Leaderboard = {
    formatVersion: 1,
    sweepId,
    model,
    metric,
    entries,
    dollars: entries.reduce((sum, { dollars }) => sum + dollars, 0),
    maxDollars,
    stopped,
    best: best === undefined ? null : { ...best.end!, stopped: best.stopped },
  };
  return createDocument(store, leaderboard, KEYS.sweepLeaderboard(sweepId), made);
}

function over({ sweepId, rung }: CollectRequest, { entries, best, dollars }: Leaderboard): SweepRung {
  const failed = entries.filter(({ state }) => state === 'failed').length;
  logger.info('sweep ended', { sweepId, configs: entries.length, failed, dollars, best: best?.runId });
  if (best === null) {
    const [first] = entries;
    throw new NoRunSucceededError(
      `sweep ${sweepId}: none of its ${entries.length} runs can be promoted; ${first!.runId}: ${first!.reason}`,
    );
  }
  return { rung, runsKey: KEYS.sweepRuns(sweepId, rung), runs: entries.length, done: true, best };
}
