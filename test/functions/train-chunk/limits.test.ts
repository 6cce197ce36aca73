/** How much of an invocation is kept back for its end. */

import { expect, it } from 'vitest';
import { startStopwatch } from '../../../functions/run/stopwatch.ts';
import { DEFAULT_JOB } from '../../../functions/schemas/config.ts';
import { ChunkLimits } from '../../../functions/train-chunk/limits.ts';
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
