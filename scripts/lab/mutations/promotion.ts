/** Mistakes in which versions there are, and which one serves. */
import { type Mutation, mistake } from './mutation.ts';

const ROUNDS = 'test/functions/rounds.test.ts';
const CAPS = ['test/functions/caps.test.ts', 'test/functions/run/caps.test.ts', ROUNDS];
const SWEEP = ['test/functions/sweep.test.ts', 'test/functions/collect-sweep'];
const PROMOTION = ['test/functions/promote-model', 'test/functions/models'];

export const IN_PROMOTION: readonly Mutation[] = [
  mistake(
    'a lower version takes the place of a higher one',
    'functions/models/registry.ts',
    'reason !== undefined || newest > version',
    'reason !== undefined',
    PROMOTION,
  ),
  mistake(
    "a late promotion undoes an operator's going back",
    'functions/models/registry.ts',
    'newest === version || present.version === version || present.history?.includes(version)',
    'present.version === version',
    PROMOTION,
  ),
  mistake(
    'a promotion that is repeated decides anew what serves',
    'functions/promote-model/promote-model.ts',
    'before !== undefined',
    'false',
    PROMOTION,
  ),
  mistake(
    'a promotion that met no other attempt does not ask whether one was over meanwhile',
    'functions/promote-model/promote-model.ts',
    'meanwhile !== undefined',
    'false',
    PROMOTION,
  ),
  mistake(
    'a version is deleted that another attempt may still look for',
    'functions/models/registry.ts',
    'await isBeingPromoted(store, runId)',
    'false',
    PROMOTION,
  ),
  mistake(
    "a promotion's condition is asked of the candidate alone",
    'functions/models/gate.ts',
    'gainOf(metric, theirs, own) <= tolerance',
    'gainOf(metric, own, own) <= tolerance',
    PROMOTION,
  ),
  mistake(
    'a run of a sweep may be promoted by another one',
    'functions/promote-model/promote-model.ts',
    'request.sweep !== undefined && run.sweep?.id !== request.sweep',
    'false',
    [...PROMOTION, ...SWEEP],
  ),
  mistake(
    'what a cap ended before its first epoch serves',
    'functions/promote-model/promote-model.ts',
    'stopped !== null && isByCap(stopped) && step < run.stepsPerEpoch',
    'false',
    [...PROMOTION, ...CAPS],
  ),
  mistake(
    'a promotion that is repeated takes another number',
    'functions/models/claims.ts',
    'existing !== undefined && isSamePromotion(existing, document)',
    'false',
    PROMOTION,
  ),
  mistake(
    'the number after the highest known one is free',
    'functions/models/claims.ts',
    'await isTaken(free)',
    'false',
    PROMOTION,
  ),
];
