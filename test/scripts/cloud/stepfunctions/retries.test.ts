/** How long the workflows' retries ride out trouble of the services, as infra/retries.ts promises. */
import { expect, it } from 'vitest';
import { SERVICE_RETRY } from '../../../../infra/retries.ts';
import { Failure } from '../../../../scripts/cloud/stepfunctions/asl/failure.ts';
import { Retries } from '../../../../scripts/cloud/stepfunctions/asl/retries.ts';

const { errors, interval, maxAttempts, backoffRate, maxDelay, jitterStrategy } = SERVICE_RETRY;
const RETRIER = {
  ErrorEquals: errors,
  IntervalSeconds: interval.toSeconds(),
  MaxAttempts: maxAttempts,
  BackoffRate: backoffRate,
  MaxDelaySeconds: maxDelay.toSeconds(),
  JitterStrategy: jitterStrategy,
} as const;
const THROTTLED = new Failure('Lambda.TooManyRequestsException', 'Rate Exceeded.');

/** Seconds of all waits until the failure stands. */
function waited(random: () => number): number[] {
  const retries = new Retries([RETRIER], random);
  const waits: number[] = [];
  for (;;) {
    const seconds = retries.after(THROTTLED);
    if (seconds === undefined) return waits;
    waits.push(seconds);
  }
}

it('waits of at most 2, 4, 8, 16 and 30 s, drawn from 0 on', () => {
  expect(waited(() => 1)).toEqual([2, 4, 8, 16, 30]);
  expect(waited(() => 0)).toEqual([0, 0, 0, 0, 0]);
  expect(waited(() => 0.5)).toEqual([1, 2, 4, 8, 15]);
});

it('are 30 s together on average, and 13 s or more in 19 cases of 20', () => {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const sums = Array.from({ length: 4000 }, () => waited(random).reduce((sum, wait) => sum + wait, 0));
  const mean = sums.reduce((sum, one) => sum + one, 0) / sums.length;
  expect(mean).toBeGreaterThan(29.5);
  expect(mean).toBeLessThan(30.5);
  const long = sums.filter((sum) => sum >= 13).length / sums.length;
  expect(long).toBeGreaterThan(0.945);
  expect(long).toBeLessThan(0.965);
});
