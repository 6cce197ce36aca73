/** How long the workflows' retries ride out trouble of the services and throttles, as infra/retries.ts promises. */
import { expect, it } from 'vitest';
import { type Patience, SERVICE_RETRY, throttleRetry } from '../../../../infra/retries.ts';
import { Failure } from '../../../../scripts/cloud/stepfunctions/asl/failure.ts';
import { Retries } from '../../../../scripts/cloud/stepfunctions/asl/retries.ts';

const PATIENCES: readonly Patience[] = ['child', 'execution'];
const MINUTE = 60;

const retrierOf = (retry: typeof SERVICE_RETRY | ReturnType<typeof throttleRetry>) => ({
  ErrorEquals: retry.errors,
  IntervalSeconds: retry.interval.toSeconds(),
  MaxAttempts: retry.maxAttempts,
  BackoffRate: retry.backoffRate,
  MaxDelaySeconds: retry.maxDelay.toSeconds(),
  JitterStrategy: retry.jitterStrategy,
});
const THROTTLED = 'Lambda.TooManyRequestsException';
const UNAVAILABLE = 'StorageUnavailableError';
/** As a state has them. */
const stateRetries = (patience: Patience, random: () => number) =>
  new Retries([retrierOf(throttleRetry(patience)), retrierOf(SERVICE_RETRY)], random);

/** Seconds of all waits until the failure stands. */
function waited(error: string, patience: Patience, random: () => number): number[] {
  const retries = stateRetries(patience, random);
  const failure = new Failure(error, 'trouble');
  const waits: number[] = [];
  for (;;) {
    const seconds = retries.after(failure);
    if (seconds === undefined) return waits;
    waits.push(seconds);
  }
}

const sumOf = (waits: readonly number[]) => waits.reduce((sum, wait) => sum + wait, 0);

/** Sums of the waits of so many states, drawn from a seed. */
function sums(error: string, patience: Patience, count: number): number[] {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, () => sumOf(waited(error, patience, random)));
}
const meanOf = (of: readonly number[]) => sumOf(of) / of.length;
const shareFrom = (of: readonly number[], seconds: number) =>
  of.filter((sum) => sum >= seconds).length / of.length;

it('after trouble of a service are waits of at most 2, 4, 8, 16 and 30 s, drawn from 0 on', () => {
  expect(waited(UNAVAILABLE, 'execution', () => 1)).toEqual([2, 4, 8, 16, 30]);
  expect(waited(UNAVAILABLE, 'execution', () => 0)).toEqual([0, 0, 0, 0, 0]);
  expect(waited(UNAVAILABLE, 'execution', () => 0.5)).toEqual([1, 2, 4, 8, 15]);
});

it('are 30 s together on average, and 13 s or more in 19 cases of 20', () => {
  const all = sums(UNAVAILABLE, 'child', 4000);
  expect(meanOf(all)).toBeGreaterThan(29.5);
  expect(meanOf(all)).toBeLessThan(30.5);
  expect(shareFrom(all, 13)).toBeGreaterThan(0.945);
  expect(shareFrom(all, 13)).toBeLessThan(0.965);
});

it.each(PATIENCES)('after throttles are waits of at most 2, 4, 8, 16, 32 and then 60 s (%s)', (patience) => {
  const waits = waited(THROTTLED, patience, () => 1);
  expect(waits.slice(0, 5)).toEqual([2, 4, 8, 16, 32]);
  expect(new Set(waits.slice(5))).toEqual(new Set([60]));
});

it.each([
  ['child', 180],
  ['execution', 60],
] as const)(
  'of %s are %i minutes or more in 19 cases of 20, and hardly ever less than nine tenths of that',
  (patience, minutes) => {
    const all = sums(THROTTLED, patience, 400);
    expect(shareFrom(all, minutes * MINUTE)).toBeGreaterThan(0.95);
    expect(shareFrom(all, 0.9 * minutes * MINUTE)).toBeGreaterThan(0.98);
    // No more patient than is promised, either: nobody finds out that a job is stuck before that.
    expect(meanOf(all)).toBeLessThan(1.35 * minutes * MINUTE);
  },
);

it('of the two are counted apart: an hour of throttles leaves all tries for a failover', () => {
  const retries = stateRetries('execution', () => 0);
  const after = (error: string) => retries.after(new Failure(error, 'trouble'));
  while (after(THROTTLED) !== undefined);
  expect(Array.from({ length: 6 }, () => after(UNAVAILABLE))).toEqual([0, 0, 0, 0, 0, undefined]);
});
