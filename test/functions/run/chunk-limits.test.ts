/** How much of an invocation, and of a run's caps, is kept back for its end. */

import { expect, it } from 'vitest';
import { ChunkLimits } from '../../../functions/run/chunk-limits.ts';
import { startStopwatch } from '../../../functions/run/stopwatch.ts';
import { DEFAULT_JOB, type JobConfig } from '../../../functions/schemas/config.ts';
import type { Pace } from '../../../functions/schemas/parts.ts';
import { someLoop } from '../../support/documents.ts';

function limitsOf(pace: Partial<Pace>, allMs: number, config: Partial<JobConfig> = {}) {
  let leftMs = allMs;
  let elapsedMs = 0;
  const limits = new ChunkLimits({
    config: { ...DEFAULT_JOB, ...config },
    loop: someLoop({ pace: { loadMs: 0, stepMs: 0, evaluateMs: 0, saveMs: 500, ...pace } }),
    stopwatch: startStopwatch(1769, { now: () => elapsedMs }),
    remainingMs: () => leftMs,
    now: () => 0,
    dollarsBefore: () => 0,
  });
  return {
    limits,
    /** Until the invocation is cut off. */
    leave: (ms: number) => {
      leftMs = ms;
    },
    pass: (ms: number) => {
      elapsedMs += ms;
    },
  };
}

const ONE = { steps: 1, evaluates: false };
const EVALUATED = { steps: 1, evaluates: true };
const MINUTE = 60_000;

it.each([
  // Half a minute, and twice what a checkpoint has taken.
  ['of quick steps', {}, ONE, 31_000],
  ['of slow steps', { stepMs: 20_000 }, ONE, 51_000],
  ['of slow steps, two of which are asked about', { stepMs: 20_000 }, { ...ONE, steps: 2 }, 71_000],
  ['before an evaluation that takes long', { evaluateMs: MINUTE }, EVALUATED, 151_000],
  ['before no evaluation', { evaluateMs: MINUTE }, ONE, 31_000],
])('%s there is no time for another', (_name, pace, steps, keptMs) => {
  const { limits, leave } = limitsOf(pace, 15 * MINUTE);
  leave(keptMs + 1);
  expect(limits.isShortOfTime(steps)).toBe(false);
  leave(keptMs);
  expect(limits.isShortOfTime(steps)).toBe(true);
});

it('where a cap may end the run at any step, an evaluation has to fit after each', () => {
  const { limits, leave } = limitsOf({ evaluateMs: MINUTE }, 15 * MINUTE, { maxDollars: 10 });
  leave(151_000);
  expect(limits.isShortOfTime(ONE)).toBe(true);
});

it('of a short invocation half is for training', () => {
  const { limits, leave } = limitsOf({}, 20_000);
  leave(10_001);
  expect(limits.isShortOfTime(ONE)).toBe(false);
  leave(10_000);
  expect(limits.isShortOfTime(ONE)).toBe(true);
});

it('a step is the last one where there is no time for two like the slowest so far', () => {
  const { limits, leave, pass } = limitsOf({}, 15 * MINUTE);
  leave(200_000);
  expect(limits.endsWithNextStep()).toBe(false);
  pass(90_000);
  // 31 s are kept, and two steps of 90 s may follow.
  leave(211_001);
  expect(limits.endsWithNextStep()).toBe(false);
  pass(10);
  leave(211_000);
  expect(limits.endsWithNextStep()).toBe(true);
});

it('what lies between two stretches is no step', () => {
  const { limits, pass } = limitsOf({}, 15 * MINUTE);
  limits.endsWithNextStep();
  pass(3000);
  limits.endSteps();
  pass(MINUTE);
  limits.endsWithNextStep();
  expect(limits.pace.stepMs).toBe(3000);
});

it('the step before a cap is the last one that leaves time for another, its evaluation, its checkpoint and the promotion', () => {
  let ms = 0;
  const limits = new ChunkLimits({
    config: { ...DEFAULT_JOB, maxSeconds: 20 },
    loop: someLoop({
      startedAt: new Date(0).toISOString(),
      pace: { loadMs: 0, stepMs: 1000, evaluateMs: 3000, saveMs: 500 },
    }),
    stopwatch: startStopwatch(1769, { now: () => 0 }),
    remainingMs: () => 900_000,
    now: () => ms,
    dollarsBefore: () => 0,
  });
  // Two steps, 3.5 s for what comes after them, and 2 s for the promotion.
  ms = 20_000 - 2000 - 3500 - 2000;
  expect(limits.endsWithNextStep()).toBe(false);
  ms++;
  expect(limits.endsWithNextStep()).toBe(true);
});
