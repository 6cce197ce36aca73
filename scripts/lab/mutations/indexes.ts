/** Mistakes in the indexes of runs and of metrics. */
import { type Mutation, mistake } from './mutation.ts';

const INDEX = 'test/functions/run-index';
const RUNS_API = 'test/functions/predict/runs.test.ts';

export const IN_INDEXES: readonly Mutation[] = [
  mistake(
    'a change is announced for an epoch that is over',
    'functions/run-index/changes.ts',
    'epochOf(now) <= epoch',
    'epoch >= 0',
    INDEX,
  ),
  mistake(
    'what was announced while the head was written is not looked at',
    'functions/run-index/changes.ts',
    'head.epoch - 1',
    'head.epoch',
    INDEX,
  ),
  mistake(
    'a change that may still be made is taken for made',
    'functions/run-index/changes.ts',
    '!isMade(change) && !isDead(change.id, now)',
    'made.size < 0',
    INDEX,
  ),
  mistake(
    'a run is looked at for ever whose writer is dead',
    'functions/run-index/changes.ts',
    '!isDead(change.id, now)',
    'now.getTime() > 0',
    INDEX,
  ),
  mistake(
    'a page of runs has runs that come after some it has not read',
    'functions/run-index/page.ts',
    'isOlder(next.newest, placeOf(entry))',
    'next.runs > 0',
    INDEX,
  ),
  mistake(
    'an index that is damaged fails whoever reads it',
    'functions/store/series.ts',
    '!(error instanceof IntegrityError)',
    'error instanceof Error',
    RUNS_API,
    'open',
  ),
  mistake(
    'there is only what the index has',
    'functions/store/series.ts',
    'known.get(number) ?? (await find(store, series, number))',
    'known.get(number)',
    RUNS_API,
  ),
  mistake(
    'what has come since a step has that step with it',
    'functions/store/series.ts',
    'after + 1',
    'after',
    RUNS_API,
  ),
  mistake(
    'metrics are never folded',
    'functions/run-index/metrics.ts',
    'unfolded.length <= MAX_UNFOLDED',
    'unfolded.length >= 0',
    RUNS_API,
  ),
];
