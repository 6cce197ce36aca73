import { describe, expect, it } from 'vitest';
import type { EarlyStopping } from '../../../core/training/config.ts';
import { NOT_EVALUATED } from '../../../functions/run/figures.ts';
import { hasStopped, nextBest, progressAt } from '../../../functions/run/progress.ts';
import { DEFAULT_JOB } from '../../../functions/schemas/config.ts';
import type { RunConfig } from '../../../functions/schemas/documents.ts';
import type { CheckpointRef } from '../../../functions/schemas/parts.ts';
import type { BestCheckpoint } from '../../../functions/schemas/payloads.ts';

const RULE: EarlyStopping = { monitor: 'testAccuracy', patience: 2, minDelta: 0, restoreBest: true };
const plan = (earlyStopping?: EarlyStopping): RunConfig => ({
  formatVersion: 1,
  runId: 'run',
  config: { ...DEFAULT_JOB, ...(earlyStopping === undefined ? {} : { earlyStopping }) },
  configHash: '0'.repeat(64),
  manifestSha256: '0'.repeat(64),
  trainSize: 1000,
  testSize: 100,
  stepsPerEpoch: 10,
  totalSteps: 100,
  chunkSteps: 10,
  evaluateEverySteps: 10,
});
const checkpoint = (step: number): CheckpointRef => ({ key: `at ${step}`, sha256: '1'.repeat(64), bytes: 1 });
const evaluation = (step: number, testAccuracy: number, loss: number | null = 1) => ({
  step,
  epoch: step / 10,
  loss,
  ...NOT_EVALUATED,
  trainAccuracy: 0.5,
  testAccuracy,
});
const best = (step: number, value: number, stale: number, ref: CheckpointRef | null): BestCheckpoint => ({
  step,
  value,
  stale,
  checkpoint: ref,
});

describe('nextBest', () => {
  it('is null without early stopping', () => {
    expect(nextBest(plan(), null, evaluation(0, 1), checkpoint(0))).toBeNull();
  });

  it("takes the evaluation's checkpoint with it when it is the best", () => {
    const first = nextBest(plan(RULE), null, evaluation(0, 0.5), checkpoint(0));
    expect(first).toEqual(best(0, 0.5, 0, checkpoint(0)));
    expect(nextBest(plan(RULE), first, evaluation(10, 0.6), checkpoint(10))).toEqual(
      best(10, 0.6, 0, checkpoint(10)),
    );
  });

  it("keeps the best's checkpoint when the evaluation is none, saved or not", () => {
    const first = best(0, 0.5, 0, checkpoint(0));
    for (const own of [checkpoint(10), null]) {
      expect(nextBest(plan(RULE), first, evaluation(10, 0.5), own)).toEqual(best(0, 0.5, 1, checkpoint(0)));
    }
  });

  it('keeps no checkpoint when none is to be restored', () => {
    const rule = { ...RULE, restoreBest: false };
    const first = nextBest(plan(rule), null, evaluation(0, 0.5), checkpoint(0));
    expect(first).toEqual(best(0, 0.5, 0, null));
    expect(nextBest(plan(rule), first, evaluation(10, 0.4), checkpoint(10))).toEqual(best(0, 0.5, 1, null));
  });

  it('is null until a loss is there, when that is monitored', () => {
    const rule = { ...RULE, monitor: 'loss' as const };
    expect(nextBest(plan(rule), null, evaluation(0, 0.5, null), checkpoint(0))).toBeNull();
    expect(nextBest(plan(rule), null, evaluation(10, 0.5, 2), checkpoint(10))).toEqual(
      best(10, 2, 0, checkpoint(10)),
    );
  });
});

describe('hasStopped', () => {
  it('needs early stopping, a best, and as many evaluations without a gain as its patience', () => {
    expect(hasStopped(plan(), null)).toBe(false);
    expect(hasStopped(plan(RULE), null)).toBe(false);
    expect(hasStopped(plan(RULE), best(0, 1, 1, null))).toBe(false);
    expect(hasStopped(plan(RULE), best(0, 1, 2, null))).toBe(true);
  });
});

describe('progressAt', () => {
  const report = { evaluations: [], imagesPerSecond: 1, estimatedDollars: 2, runDollars: 3, loop: null };
  const at = (step: number, soFar: BestCheckpoint | null, earlyStopping?: EarlyStopping) => {
    const here = { step, checkpoint: checkpoint(step), loss: 0.5, best: soFar };
    return progressAt(plan(earlyStopping), here, report);
  };

  it('of a run that goes on is where it stands, whatever its best', () => {
    expect(at(50, best(10, 1, 1, checkpoint(10)), RULE)).toEqual({
      runId: 'run',
      step: 50,
      totalSteps: 100,
      epoch: 5,
      done: false,
      checkpoint: checkpoint(50),
      best: best(10, 1, 1, checkpoint(10)),
      loss: 0.5,
      stopped: null,
      ...report,
    });
  });

  it.each([
    ['without early stopping', undefined, null, 100],
    ['that restores its best', RULE, best(10, 1, 1, checkpoint(10)), 10],
    ['that does not restore its best', { ...RULE, restoreBest: false }, best(10, 1, 1, null), 100],
    ['whose best is its end', RULE, best(100, 1, 0, checkpoint(100)), 100],
  ] as const)('of a run %s, after all its steps', (_name, rule, soFar, step) => {
    expect(at(100, soFar, rule)).toMatchObject({
      done: true,
      step,
      epoch: step / 10,
      checkpoint: checkpoint(step),
    });
  });

  it('of a run that stopped is done, at its best or where it stopped', () => {
    expect(at(30, best(10, 1, 2, checkpoint(10)), RULE)).toMatchObject({ done: true, step: 10 });
    expect(at(30, best(10, 1, 2, null), { ...RULE, restoreBest: false })).toMatchObject({
      done: true,
      step: 30,
      checkpoint: checkpoint(30),
    });
  });
});
