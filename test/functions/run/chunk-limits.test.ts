/** How much of an invocation, and of a run's caps, is kept back for its end. */

import { expect, it } from 'vitest';
import { ChunkLimits } from '../../../functions/run/chunk-limits.ts';
import { startStopwatch } from '../../../functions/run/stopwatch.ts';
import { DEFAULT_JOB } from '../../../functions/schemas/config.ts';
import { someLoop } from '../../support/documents.ts';

function limitsOf(evaluateMs: number, allMs: number) {
  let leftMs = allMs;
  const limits = new ChunkLimits({
    config: DEFAULT_JOB,
    loop: someLoop({ pace: { loadMs: 0, stepMs: 0, evaluateMs, saveMs: 500 } }),
    stopwatch: startStopwatch(1769, { now: () => 0 }),
    remainingMs: () => leftMs,
    now: () => 0,
    dollarsBefore: () => 0,
  });
  return (ms: number) => {
    leftMs = ms;
    return limits.isShortOfTime();
  };
}

it.each([
  // Half a minute, and twice what an evaluation and a checkpoint have taken.
  ['of a small dataset', 0, 900_000, 31_000],
  ['of one whose evaluation takes long', 60_000, 900_000, 151_000],
  // At least half of the time is for training.
  ['of a short invocation', 60_000, 100_000, 50_000],
])('%s', (_name, evaluateMs, allMs, keptMs) => {
  const isShortWith = limitsOf(evaluateMs, allMs);
  expect(isShortWith(keptMs + 1)).toBe(false);
  expect(isShortWith(keptMs)).toBe(true);
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
