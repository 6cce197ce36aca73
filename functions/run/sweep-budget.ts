/** How a sweep's dollars are shared among its rungs and their runs. */

import type { Prices } from '../schemas/prices.ts';
import type { SweepPlan } from '../schemas/sweep.ts';
import { leastDollars } from './caps.ts';

/** What a run of a sweep costs whose training takes no time: it is started, which trains it, and ends. */
export const leastSweepRun = (prices: Prices): number =>
  leastDollars(prices, 'sweepRun', 'start', 'endOfSweepRun');

/**
 * What a run of the rung may cost. The rungs that are still to come share what is left by the steps that they train, the
 * runs of a rung share evenly, so that what a rung leaves goes to those after it.
 *
 * A run trains one step at least, whatever it may cost: if all shares are too small for that, the sum exceeds the cap by
 * what the runs of a rung take to start, train a step and end. PlanSweep refuses caps that are too small in any case.
 *
 * @param spent by the rungs before
 */
export function dollarsPerRun(plan: SweepPlan, rung: number, spent: number): number | undefined {
  if (plan.maxDollars === undefined) return undefined;
  const steps = stepsOf(plan.rungs);
  const left = steps.slice(rung).reduce((sum, each) => sum + each, 0);
  return ((plan.maxDollars - spent) * steps[rung]!) / left / plan.rungs[rung]!.runs;
}

/** Trained in each rung; without halving there is but one, and any number will do. */
function stepsOf(rungs: SweepPlan['rungs']): number[] {
  return rungs.map(({ runs, iterations }, rung) =>
    iterations === null ? 1 : runs * (iterations - (rungs[rung - 1]?.iterations ?? 0)),
  );
}

/** The smallest cap with which every rung's runs have `leastSweepRun` at least. */
export function leastCap(plan: SweepPlan, prices: Prices): number {
  const steps = stepsOf(plan.rungs);
  const all = steps.reduce((sum, each) => sum + each, 0);
  return Math.max(...plan.rungs.map(({ runs }, rung) => (leastSweepRun(prices) * runs * all) / steps[rung]!));
}
