/** Whether a cap leaves room for what a run would do next. */

import { expect, it } from 'vitest';
import { mostTurnsTaken } from '../../../functions/contract/limits.ts';
import { capInTheWay } from '../../../functions/run/caps.ts';
import { startStopwatch } from '../../../functions/run/stopwatch.ts';
import { DEFAULT_JOB } from '../../../functions/schemas/config.ts';
import { someLoop } from '../../support/documents.ts';

it.each([
  [{ ms: 100, dollars: 0.0002 }, undefined],
  // The workers are paid besides the reducer.
  [{ ms: 100, dollars: 0.0003 }, 'maxDollars 0.0015'],
])('is in the way of a round that costs %j', (round, cap) => {
  expect(
    capInTheWay(
      {
        config: { ...DEFAULT_JOB, maxDollars: 0.0015 },
        loop: someLoop(),
        stopwatch: startStopwatch(1769, { now: () => 0 }),
        now: () => 0,
        dollarsBefore: () => 0.0012,
      },
      { ms: 0, inNextChunk: false, round },
    ),
  ).toBe(cap);
});

/** A run that has spent as much as leaves room for a chunk, but not for another execution besides. */
const next = (turnsLeft: number, inNextChunk: boolean) =>
  capInTheWay(
    {
      config: { ...DEFAULT_JOB, maxDollars: 0.0015 },
      loop: someLoop({ turnsLeft, continueDollars: 0.0004 }),
      stopwatch: startStopwatch(1769, { now: () => 0 }),
      now: () => 0,
      dollarsBefore: () => 0.0012,
    },
    { ms: 100, inNextChunk },
  );

it('is in the way of a chunk that another execution would have to begin, as throttles may bring that about', () => {
  expect(next(mostTurnsTaken('turn') + 1, true)).toBeUndefined();
  expect(next(mostTurnsTaken('turn'), true)).toBe('maxDollars 0.0015');
  expect(next(1, true)).toBe('maxDollars 0.0015');
  expect(next(1, false)).toBeUndefined();
});
