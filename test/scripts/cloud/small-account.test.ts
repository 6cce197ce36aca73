/** A new account, which runs ten functions at a time: a sweep, rounds of eight workers, batches and predictions together. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { beforeAll, expect, it } from 'vitest';
import { decodeWeights } from '../../../core/exchange/weights.ts';
import { parseIdx } from '../../../core/ingest/idx.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { LIMITS } from '../../../functions/contract/limits.ts';
import { batchSummary } from '../../../functions/schemas/documents.ts';
import { leaderboard } from '../../../functions/schemas/sweep.ts';
import { getDocument } from '../../../functions/store/verified.ts';
import { mnistFolder } from '../../../scripts/cloud/mnist-mirror.ts';
import { promoteNetwork } from '../../support/documents.ts';
import { useCloud } from '../../support/test-cloud.ts';

const THROTTLED = 'Lambda.TooManyRequestsException';
/** What jitter may draw for every wait: at most 1.2 s instead of a minute. */
const SHORT = 0.02;
const JOB = { learningRate: 0.1, evaluateEvery: 1000 };
const ROUNDS = { ...JOB, workers: 8, localIterations: 5, iterations: 80, model: 'rounds' };
const SWEEP = {
  config: { ...JOB, iterations: 20, chunkIterations: 10, model: 'swept' },
  grid: { seed: [1, 2, 3, 4, 5] },
};
const IMAGES = 10_000;
const PREDICTORS = 4;

const app = useCloud({ hasMnist: true, concurrency: LIMITS.newAccountConcurrency, random: () => SHORT });
const digit = Array.from(
  parseIdx(readFileSync(join(mnistFolder(), 't10k-images-idx3-ubyte'))).data.subarray(0, 784),
);

beforeAll(async () => {
  const file = join(import.meta.dirname, '../../fixtures/formats/three-layer.pkl');
  const { layers, specs } = await decodeWeights(readFileSync(file));
  const of = { activation: 'sigmoid', output: 'softmax', loss: 'crossEntropy' } as const;
  await promoteNetwork(app.store, { layers: specs, ...of }, layers);
});

/** Predicts again and again, as a patient client does, until it is told to end. @returns the statuses of its answers */
async function predict(isOver: () => boolean): Promise<number[]> {
  const statuses: number[] = [];
  for (let wait = 10; !isOver() || statuses.at(-1) !== 200; ) {
    const response = await app.ask('/predict?model=mnist', { pixels: digit });
    const answer = (await response.json()) as object;
    statuses.push(response.status);
    if (response.status === 200) {
      expect(answer).toMatchObject({ class: 7, version: 1 });
      wait = 10;
    } else {
      expect([response.status, answer]).toEqual([503, { message: 'Service Unavailable' }]);
      wait = Math.min(2 * wait, 500);
    }
    await sleep(wait);
  }
  return statuses;
}

/** Of each invocation of a turn, how often its state had been tried, and what it was told of that. */
function triesOf(events: readonly HistoryEvent[]): [number, unknown][] {
  let state: string | undefined;
  let failed = 0;
  return events.flatMap((event): [number, unknown][] => {
    if (event.type === 'TaskStateEntered') {
      state = event.stateEnteredEventDetails!.name;
      failed = 0;
    }
    if (event.type === 'LambdaFunctionFailed') failed++;
    if (
      event.type !== 'LambdaFunctionScheduled' ||
      !['StartRun', 'TrainChunk', 'ReduceRound'].includes(state!)
    )
      return [];
    const { retries } = JSON.parse(event.lambdaFunctionScheduledEventDetails!.input!) as { retries: unknown };
    return [[failed, retries]];
  });
}

it('runs them all to their ends, whoever is throttled', async () => {
  let isOver = false;
  const predictors = Array.from({ length: PREDICTORS }, () => predict(() => isOver));
  const file = KEYS.source('mnist', 't10k-images-idx3-ubyte');
  const jobs = await Promise.all([
    app.execute('stateMachine', 'rounds', ROUNDS),
    app.execute('sweepStateMachine', 'sweep', SWEEP),
    ...['a', 'b'].map((name) => app.execute('batchStateMachine', name, { file, model: 'mnist' })),
  ]).finally(() => {
    isOver = true;
  });
  const statuses = (await Promise.all(predictors)).flat();

  for (const { status, error, cause, name } of jobs) {
    expect([name, status, error, cause]).toEqual([name, 'SUCCEEDED', undefined, undefined]);
  }
  expect(JSON.parse(jobs[0].output!)).toMatchObject({ model: 'rounds', step: 80, promoted: true });
  const { entries } = await getDocument(app.store, leaderboard, KEYS.sweepLeaderboard('sweep'));
  expect(entries.map(({ state, step }) => [state, step])).toEqual(
    SWEEP.grid.seed.map(() => ['succeeded', 20]),
  );
  for (const { output } of jobs.slice(2)) {
    expect(batchSummary.parse(JSON.parse(output!))).toMatchObject({ predicted: IMAGES, failed: 0 });
  }
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(PREDICTORS);

  const histories = await Promise.all(jobs.map(({ executionArn }) => app.wholeHistory(executionArn!)));
  const failures = histories.flat().flatMap((event) => event.lambdaFunctionFailedEventDetails?.error ?? []);
  const throttles = app.cloud.functionStats().reduce((sum, stats) => sum + stats.throttles, 0);
  expect(new Set(failures)).toEqual(new Set([THROTTLED]));
  expect(throttles).toBe(failures.length + statuses.filter((status) => status === 503).length);
  const tries = histories.flatMap(triesOf);
  expect(tries.length).toBeGreaterThanOrEqual(2 + 2 * SWEEP.grid.seed.length);
  for (const [failed, told] of tries) expect(told).toBe(failed);
});
