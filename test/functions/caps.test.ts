/** Runs with maxDollars and maxSeconds: where they end, with what, and what their estimate counts. */
import { beforeEach, describe, expect, it } from 'vitest';
import { KEYS } from '../../functions/contract/keys.ts';
import { NOT_EVALUATED } from '../../functions/run/step-metrics.ts';
import { startStopwatch } from '../../functions/run/stopwatch.ts';
import type { StepMetrics } from '../../functions/schemas/documents.ts';
import type { RunProgress } from '../../functions/schemas/payloads.ts';
import { readPrices } from '../../functions/schemas/prices.ts';
import { encodeJson } from '../../functions/store/json.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { s3WithContent } from './support/fake-s3.ts';
import { NOW, tinyRuns } from './support/tiny-run.ts';

/** Milliseconds that anything takes which looks at the clock. */
const TICK = 100;
const MB = 1024;

const store = createS3Store('bucket');
const { prepare, start, chunk, promote } = tinyRuns(store);
const s3 = s3WithContent(prepare);
/** A clock that goes on whenever it is read, for stopwatch and calendar alike. */
let ms = 0;
const stopwatch = () => startStopwatch(MB, { now: () => (ms += TICK), prices: readPrices(), transitions: 2 });
const now = () => NOW.getTime() + ms;

beforeEach(() => {
  ms = 0;
});

const begin = (runId: string, more: object) =>
  start(runId, more, new Date(now()), { stopwatch: stopwatch() });
const next = (progress: RunProgress) => chunk(progress, undefined, { stopwatch: stopwatch(), now });
async function toEnd(runId: string, more: object): Promise<RunProgress[]> {
  const all = [await begin(runId, more)];
  while (!all.at(-1)!.done) all.push(await next(all.at(-1)!));
  return all;
}
const metricsAt = (runId: string, step: number) => s3.json(KEYS.metrics(runId, step)) as StepMetrics;

/** Half of what a run costs, and half of the time that it takes, without any cap; and what the end of one takes. */
async function half(more: object): Promise<{ dollars: number; seconds: number }> {
  const run = await toEnd('whole', more);
  const [first, last] = [run[0]!.runDollars, run.at(-1)!.runDollars];
  const seconds = ms / 1000 / 2 + 2;
  ms = 0;
  return { dollars: first + (last - first) / 2 + 0.0001, seconds };
}

describe.each([
  ['in chunks', { chunkIterations: 10 }],
  ['in one chunk', { chunkIterations: 300 }],
])('a run %s', (_name, chunks) => {
  const job = { iterations: 300, evaluateEvery: 100, ...chunks };

  it.each([
    ['maxDollars', 'dollars'],
    ['maxSeconds', 'seconds'],
  ] as const)('ends before %s is overrun, evaluated, saved and promoted', async (field, figure) => {
    const limit = (await half(job))[figure];
    const end = (await toEnd('capped', { ...job, [field]: limit })).at(-1)!;
    expect(end.step).toBeGreaterThan(30);
    expect(end.step).toBeLessThan(290);
    const stopped = `stopped at step ${end.step} of 300: ${field} ${limit} reached`;
    expect(end).toMatchObject({ done: true, stopped });
    expect(end.evaluations.at(-1)!.step).toBe(end.step);
    expect(metricsAt('capped', end.step)).toMatchObject({ stopped, checkpoint: end.checkpoint });
    expect(end.runDollars).toBeLessThan(field === 'maxDollars' ? limit : Number.POSITIVE_INFINITY);
    expect(ms / 1000).toBeLessThan(field === 'maxSeconds' ? limit : Number.POSITIVE_INFINITY);

    expect(await promote(end)).toMatchObject({ step: end.step, version: 1, promoted: true, stopped });
    expect(s3.json(KEYS.status('capped'))).toMatchObject({ state: 'succeeded', version: 1, stopped });
  });

  it('with room enough is not touched by its caps', async () => {
    const end = (await toEnd('roomy', { ...job, maxDollars: 1, maxSeconds: 1e6 })).at(-1)!;
    expect(end).toMatchObject({ step: 300, stopped: null });
    const free = (await toEnd('free', job)).at(-1)!;
    expect(end.checkpoint.sha256).toBe(free.checkpoint.sha256);
  });
});

it('the least cap still trains a step and ends with its evaluation', async () => {
  const end = (await toEnd('poor', { iterations: 300, maxDollars: 1e-9 })).at(-1)!;
  expect(end).toMatchObject({
    step: 1,
    done: true,
    stopped: 'stopped at step 1 of 300: maxDollars 1e-9 reached',
  });
  expect(metricsAt('poor', 1).testAccuracy).not.toBeNull();
  const reason = 'a cap ended the run at step 1, before its first epoch of 6 steps was over';
  expect(await promote(end)).toMatchObject({ version: 1, promoted: false, reason });
  expect(s3.objects.has(KEYS.latest('mnist'))).toBe(false);
});

it('a run that a cap has ended is done when it is started again, and another config is none of it', async () => {
  const job = { iterations: 300, maxDollars: 1e-9 };
  const end = (await toEnd('poor', job)).at(-1)!;
  expect(await begin('poor', job)).toMatchObject({ done: true, step: end.step, stopped: end.stopped });
  await expect(begin('poor', { ...job, maxDollars: 1 })).rejects.toThrow(/exists with another config/);
});

it('counts time from the first start, however often it is started', async () => {
  const job = { iterations: 300, chunkIterations: 10, maxSeconds: 1000 };
  await begin('slow', job);
  ms += 2_000_000;
  const again = await next(await begin('slow', job));
  expect(again).toMatchObject({ done: true, step: 1, stopped: expect.stringContaining('maxSeconds 1000') });
});

it('goes on counting dollars where a killed execution has left off', async () => {
  const job = { iterations: 300, chunkIterations: 10 };
  const first = await next(await begin('killed', job));
  const second = await begin('killed', job);
  expect(second.step).toBe(first.step);
  expect(second.runDollars).toBeGreaterThan(metricsAt('killed', first.step).timing.runDollars);
  const fresh = await begin('fresh', job);
  expect(second.runDollars).toBeGreaterThan(fresh.runDollars);
});

it('counts what an attempt had spent that was killed on the way', async () => {
  const job = { iterations: 9, evaluateEvery: 2 };
  const begun = await begin('retried', job);
  await next(begun);
  // Its evaluations at 2 and 4 are there: the first try was killed after them, and before the first checkpoint.
  for (const step of [6, 8, 9]) s3.objects.delete(KEYS.metrics('retried', step));
  const spent = metricsAt('retried', 4).timing.runDollars - begun.runDollars;
  // Slower, or it would write the very same bytes.
  const slower = () =>
    startStopwatch(MB, { now: () => (ms += 2 * TICK), prices: readPrices(), transitions: 2 });
  const alone = await chunk(await begin('alone', job), undefined, { stopwatch: slower(), now });
  const again = await chunk(begun, undefined, { stopwatch: slower(), now });
  const more = again.runDollars - alone.runDollars;
  expect(more / spent).toBeGreaterThan(0.8);
  expect(more / spent).toBeLessThan(1.2);
});

it('ends a step later where an attempt before it has left metrics of a run that went on', async () => {
  const job = { iterations: 300, chunkIterations: 300, evaluateEvery: 300, maxDollars: 1e-9 };
  const begun = await begin('twice', job);
  // An attempt without time left a checkpoint of step 1, not evaluated.
  const other = await chunk(begun, () => 0, { stopwatch: stopwatch(), now, loop: begun.loop! });
  expect(other.step).toBe(1);
  const { stopped, ...metrics } = metricsAt('twice', 1);
  expect(stopped).toBeDefined();
  s3.objects.set(KEYS.metrics('twice', 1), { body: encodeJson({ ...metrics, ...NOT_EVALUATED }) });
  const end = await next(begun);
  expect(end).toMatchObject({ step: 2, done: true, stopped: expect.stringContaining('at step 2 of 300') });
  expect(await promote(end)).toMatchObject({ step: 2, version: 1 });
});
