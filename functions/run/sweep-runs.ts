/** The runs of a sweep's rungs. */

import type { EndOfRun } from '../schemas/parts.ts';
import type { SweepPlan, SweepRun } from '../schemas/sweep.ts';
import { dollarsPerRun } from './sweep-budget.ts';

const NUMBER_DIGITS = 4;

/** `sweep-0003`, and in later rungs `sweep-0003-r1`: a run's config never changes, and each rung's is longer. */
export function sweepRunId(sweepId: string, number: number, rung: number): string {
  const id = `${sweepId}-${String(number).padStart(NUMBER_DIGITS, '0')}`;
  return rung === 0 ? id : `${id}-r${rung}`;
}

/**
 * @param spent by the rungs before
 * @param goingOn how the rung before ended for those who are in this one; absent for the first, in which all configs are
 */
export function runsOfRung(
  plan: SweepPlan,
  rung: number,
  spent = 0,
  goingOn?: readonly { trial: number; end: EndOfRun }[],
): SweepRun[] {
  const { sweepId, rungs, trials } = plan;
  const { iterations } = rungs[rung]!;
  const share = dollarsPerRun(plan, rung, spent);
  const members = goingOn ?? trials.map((_, trial) => ({ trial, end: null }));
  return members.map(({ trial, end }) => {
    const { config } = trials[trial]!;
    const caps = [config.maxDollars, share].filter((cap) => cap !== undefined);
    return {
      runId: sweepRunId(sweepId, trial, rung),
      config: {
        ...config,
        ...(iterations === null ? {} : { iterations }),
        ...(caps.length === 0 ? {} : { maxDollars: Math.min(...caps) }),
      },
      sweep: { id: sweepId, trial, rung },
      continueFrom: end,
    };
  });
}
