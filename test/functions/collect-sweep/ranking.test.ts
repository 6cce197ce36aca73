/** Who stands where on the leaderboard, for results that a small sweep does not come to. */
import { expect, it } from 'vitest';
import { rank } from '../../../functions/collect-sweep/ranking.ts';
import type { RunResult } from '../../../functions/collect-sweep/result.ts';
import { NOT_EVALUATED } from '../../../functions/run/step-metrics.ts';
import { DEFAULT_JOB } from '../../../functions/schemas/config.ts';
import type { SweepPlan } from '../../../functions/schemas/sweep.ts';
import { DIGEST } from '../../support/documents.ts';

const plan = (trials: number): SweepPlan => ({
  formatVersion: 1,
  sweepId: 's',
  model: 'mnist',
  trials: Array.from({ length: trials }, (_, seed) => ({ differences: { seed }, config: DEFAULT_JOB })),
  rungs: [],
});
const result = (trial: number, rung: number, testAccuracy: number): RunResult => {
  const runId = `s-${trial}-r${rung}`;
  const checkpoint = { key: 'k', sha256: DIGEST, bytes: 1 };
  return {
    run: { runId, config: DEFAULT_JOB, sweep: { id: 's', trial, rung }, continueFrom: null },
    end: { runId, step: 1, checkpoint },
    figures: { loss: 1, ...NOT_EVALUATED, testAccuracy },
    dollars: 1,
    seconds: 1,
    stopped: null,
    reason: null,
  };
};
const ranked = (results: RunResult[], trials: number) =>
  rank(plan(trials), results, 'testAccuracy').entries.map((entry) => [entry.rank, entry.trial, entry.rung]);

it('whoever came to a later rung is before the others, also with a worse figure', () => {
  // After ten times the steps config 1 is worse than config 0 was, which it had beaten.
  const results = [result(0, 0, 0.8), result(1, 0, 0.9), result(2, 0, 0.7), result(1, 1, 0.6)];
  expect(ranked(results, 3)).toEqual([
    [1, 1, 1],
    [2, 0, 0],
    [3, 2, 0],
  ]);
  expect(rank(plan(3), results, 'testAccuracy').best?.run.runId).toBe('s-1-r1');
});

it('equal figures share a place in one rung, and in no other', () => {
  const results = [result(0, 0, 0.9), result(1, 0, 0.8), result(2, 0, 0.8), result(0, 1, 0.8)];
  expect(ranked(results, 3)).toEqual([
    [1, 0, 1],
    [2, 1, 0],
    [2, 2, 0],
  ]);
});
