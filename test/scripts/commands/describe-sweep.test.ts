/** What people read of a sweep. */
import { expect, it } from 'vitest';
import type { Leaderboard, LeaderboardEntry } from '../../../functions/schemas/sweep.ts';
import { describeLeaderboard, describeProgress } from '../../../scripts/commands/describe-sweep.ts';

const best = {
  metric: 'testAccuracy',
  value: 0.91234,
  differences: { learningRate: 0.5, optimizer: 'adam' },
} as const;

it('the progress says which rung it is of several, who failed, and who is best', () => {
  const one = { rung: 0, rungs: 1, runs: 12, succeeded: 0, failed: 0, best: undefined };
  expect(describeProgress(one)).toBe('  0 of 12 runs ended');
  expect(describeProgress({ ...one, rung: 1, rungs: 3, succeeded: 5, failed: 2, best })).toBe(
    '  rung 2 of 3: 7 of 12 runs ended, 2 failed, best testAccuracy 0.9123 with learningRate 0.5, optimizer adam',
  );
});

it('the leaderboard has a line for each config, and the sum', () => {
  const entry: LeaderboardEntry = {
    rank: 1,
    trial: 3,
    differences: { layers: [784, 10] },
    runId: 's-0003',
    rung: 0,
    state: 'succeeded',
    value: 0.91234,
    step: 600,
    dollars: 0.00012,
    seconds: 2.34,
    stopped: 'stopped at step 600 of 1000: maxDollars 0.0001 reached',
    reason: null,
  };
  const none = {
    rank: null,
    value: null,
    step: null,
    stopped: null,
    reason: 'TrainingDivergedError: why',
  } as const;
  const board: Leaderboard = {
    formatVersion: 1,
    sweepId: 's',
    model: 'mnist',
    metric: 'testAccuracy',
    entries: [
      entry,
      { ...entry, ...none, trial: 0, runId: 's-0000', differences: { seed: 1 }, state: 'failed' },
    ],
    dollars: 0.00024,
    maxDollars: 0.02,
    stopped: null,
    best: null,
  };
  expect(describeLeaderboard(board).split('\n')).toEqual([
    '  rank  testAccuracy  step    dollars  seconds  run     tried',
    '     1        0.9123   600  $0.000120      2.3  s-0003  layers [784,10]  stopped at step 600 of 1000: maxDollars 0.0001 reached',
    '     -             -     -  $0.000120      2.3  s-0000  seed 1           failed: TrainingDivergedError: why',
    '2 configs, $0.000240 of $0.0200',
  ]);
  const many = { ...board, entries: Array.from({ length: 60 }, () => entry) };
  expect(describeLeaderboard(many)).toContain("and 10 more in the sweep's leaderboard.json");
});
