/** Data-parallel runs, step by step as the state machine takes them: what they end with, and what goes wrong in between. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { averageCheckpoints } from '../../core/training/average-checkpoints.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../core/training/checkpoint.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { startStopwatch } from '../../functions/run/stopwatch.ts';
import type { StepMetrics } from '../../functions/schemas/documents.ts';
import {
  type RunProgress,
  runProgress,
  type TrainedPart,
  type WorkerResult,
} from '../../functions/schemas/payloads.ts';
import { readPrices } from '../../functions/schemas/prices.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { s3Error, s3WithContent } from './support/fake-s3.ts';
import { NOW, tinyRuns } from './support/tiny-run.ts';

const store = createS3Store('bucket');
const { prepare, start, work, reduce, round, trainToEnd, trained, promote } = tinyRuns(store);
const s3 = s3WithContent(prepare);
/** 30 steps of 5 samples, 6 steps an epoch: five rounds. */
const JOB = { workers: 3, localIterations: 2 };

const shaOf = async (runId: string, job: object) => (await trained(runId, job)).checkpoint.sha256;
const allOf = async (progress: RunProgress): Promise<WorkerResult[]> => {
  const results: WorkerResult[] = [];
  for (const { worker } of progress.parts!) results.push(await work(progress, worker));
  return results;
};
const partOf = (runId: string, step: number, worker: number) =>
  decodeCheckpoint(s3.objects.get(KEYS.roundPart(runId, step, worker))!.body);
const metricsAt = (runId: string, step: number) => s3.json(KEYS.metrics(runId, step)) as StepMetrics;

describe('a run of one worker', () => {
  it.each([
    {},
    { sampling: 'shuffle', optimizer: 'adam', learningRate: 0.01 },
    { optimizer: 'momentum', learningRateSchedule: { kind: 'cosine', final: 0, warmupEpochs: 1 } },
  ])('ends with the bytes of the sequential run, config %j', async (more) => {
    const sequential = await shaOf('sequential', more);
    for (const localIterations of [undefined, 1, 7, 30]) {
      expect(await shaOf(`one-${localIterations}`, { ...more, workers: 1, localIterations })).toBe(
        sequential,
      );
    }
  });
});

describe('a run of several workers', () => {
  it('is the same to the bit each time and on both backends, and another for other workers and rounds', async () => {
    const first = await shaOf('a', JOB);
    expect(await shaOf('b', JOB)).toBe(first);
    expect(await shaOf('c', { ...JOB, backend: 'reference' })).toBe(first);
    expect(await shaOf('d', { workers: 3 })).toBe(first);
    for (const [runId, more] of Object.entries({
      e: { workers: 2, localIterations: 3 },
      f: { workers: 3, localIterations: 1 },
      g: {},
    })) {
      expect(await shaOf(runId, more)).not.toBe(first);
    }
  });

  it('goes on by rounds, evaluated after each epoch, and is promoted', async () => {
    const turns = await trainToEnd(await start('run', { ...JOB, iterations: 33 }));
    for (const progress of turns) expect(() => runProgress.parse(progress)).not.toThrow();
    expect(turns.map(({ step }) => step)).toEqual([0, 6, 12, 18, 24, 30, 33]);
    expect(turns.map(({ rounds }) => rounds)).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((done) => ({ workers: 3, done, total: 6 })),
    );
    expect(turns.map(({ parts }) => parts?.length)).toEqual([3, 3, 3, 3, 3, 3, undefined]);
    expect(turns.map(({ evaluations }) => evaluations.map(({ step }) => step))).toEqual(
      turns.map(({ step }) => [step]),
    );
    expect(turns.map(({ loop }) => loop!.turnsLeft)).toEqual([100, 99, 98, 97, 96, 95, 94]);
    expect(await promote(turns.at(-1)!)).toMatchObject({ step: 33, version: 1, promoted: true });
  });

  it.each([
    [5, 1],
    [6, 2],
    [145, 16],
  ])(
    'reduced at the attempt after %i others has taken %i turns, and their transitions',
    async (retries, turns) => {
      const first = await start('run', JOB);
      const results = await allOf(first);
      const tried = async (own: object) => {
        s3.objects.delete(KEYS.metrics('run', 6));
        return reduce(first, results, { ...own, stopwatch: startStopwatch(1769, { now: () => 0 }) });
      };
      const before = await tried({});
      const { loop, runDollars } = await tried({ retries });
      expect(loop!.turnsLeft).toBe(first.loop!.turnsLeft - turns);
      expect(runDollars - before.runDollars).toBeCloseTo(retries * readPrices().stateTransition, 12);
    },
  );

  it('has a part only for who has a step in a short last round', async () => {
    const turns = await trainToEnd(await start('run', { ...JOB, iterations: 8 }));
    expect(turns.map(({ step }) => step)).toEqual([0, 6, 8]);
    expect(turns[1]!.parts).toEqual([{ worker: 1 }, { worker: 2 }]);
  });

  it('may be of a dozen, whose numbers have more than one digit', async () => {
    const job = { workers: 12, localIterations: 1, iterations: 24 };
    const first = await start('run', job);
    const results = await allOf(first);
    const next = await reduce(first, results.toReversed());
    expect(next.parts).toHaveLength(12);
    expect((await trainToEnd(next)).at(-1)!.step).toBe(24);
  });

  it('weighs each part of a short last round by its steps', async () => {
    const round = await start('run', { ...JOB, iterations: 10 });
    const first = await reduce(round, await allOf(round));
    const end = await reduce(first, await allOf(first));
    const parts = [0, 1, 2].map((worker) => partOf('run', 6, worker));
    const averaged = averageCheckpoints(parts, [1, 1, 2]);
    expect(s3.objects.get(end.checkpoint.key)!.body).toEqual(Buffer.from(encodeCheckpoint(averaged)));
    const alike = averageCheckpoints(parts, [1, 1, 1]);
    expect(encodeCheckpoint(alike)).not.toEqual(encodeCheckpoint(averaged));
  });

  it('evaluates where the rounds are nearest to an epoch, or where it is told to', async () => {
    const evaluatedAt = async (runId: string, more: object) =>
      (await trainToEnd(await start(runId, more))).flatMap(({ evaluations }) =>
        evaluations.map(({ step }) => step),
      );
    expect(await evaluatedAt('a', { workers: 2, localIterations: 2 })).toEqual([0, 8, 16, 24, 30]);
    expect(await evaluatedAt('b', { workers: 2, localIterations: 2, evaluateEvery: 12 })).toEqual([
      0, 12, 24, 30,
    ]);
  });

  it('counts what all of them took, and how long the round was', async () => {
    const first = await start('run', JOB);
    const results = await allOf(first);
    const later = () => NOW.getTime() + 5000;
    const end = await reduce(first, results, {
      now: later,
      stopwatch: startStopwatch(1769, { transitions: 3 }),
    });
    const { timing, round: own } = metricsAt('run', 6);
    const sum = (field: 'billedMs' | 'dollars') =>
      results.reduce((total, result) => total + (result as TrainedPart)[field], 0);
    expect(own).toMatchObject({ workers: 3, wallMs: 5000 });
    expect(timing.imagesPerSecond).toBe(30 / 5);
    expect(timing.billedMs).toBeGreaterThan(sum('billedMs'));
    expect(timing.runDollars).toBeGreaterThan(first.runDollars + sum('dollars') + 3 * 0.000025);
    expect(end.runDollars).toBe(timing.runDollars);
    expect(end.loop!.turnBegan).toBe(new Date(later()).toISOString());
  });

  it('stops early, and ends with its best evaluation', async () => {
    const earlyStopping = { monitor: 'testAccuracy', patience: 2, minDelta: 0.9 };
    const end = await trained('run', { ...JOB, earlyStopping });
    expect(end).toMatchObject({ done: true, step: 0 });
    // Unlike a cap in the first epoch this is what was asked for.
    expect(await promote(end)).toMatchObject({ promoted: true, stopped: end.stopped });
    expect(await store.list(KEYS.metricsPrefix('run'))).toHaveLength(3);
  });
});

describe('tried again', () => {
  it('a worker writes the same bytes, and the round is the same whichever came first', async () => {
    const whole = await trained('whole', JOB);
    const first = await start('run', JOB);
    const results = await allOf(first);
    const before = s3.objects.get(KEYS.roundPart('run', 0, 1))!.body;
    expect(await work(first, 1)).toMatchObject({ sha256: (results[1] as TrainedPart).sha256 });
    expect(s3.objects.get(KEYS.roundPart('run', 0, 1))!.body).toEqual(before);
    const next = await reduce(first, results.toReversed());
    expect((await trainToEnd(next)).at(-1)!.checkpoint.sha256).toBe(whole.checkpoint.sha256);
  });

  it('the reducer finds its own checkpoint and metrics, at whichever write it was killed', async () => {
    const first = await start('run', JOB);
    const results = await allOf(first);
    for (const kills of [1, 2]) {
      let left = kills;
      const kill = async (_input: unknown, perform: () => unknown) => {
        if (--left > 0) s3.once(PutObjectCommand, kill);
        const done = await perform();
        if (left === 0) throw s3Error(403, 'AccessDenied');
        return done;
      };
      s3.once(PutObjectCommand, kill);
      await expect(reduce(first, results)).rejects.toThrow();
    }
    const next = await reduce(first, results);
    expect(next.step).toBe(6);
    expect(await reduce(first, results)).toMatchObject({ checkpoint: next.checkpoint });
    expect((await trainToEnd(next)).at(-1)!.checkpoint.sha256).toBe(
      (await trained('whole', JOB)).checkpoint.sha256,
    );
  });

  it('a run goes on from the last round that was committed, over the parts of one that was not', async () => {
    const whole = await trained('whole', JOB);
    const second = await round(await start('run', JOB));
    await work(second, 2);
    const again = await start('run', JOB);
    expect(again).toMatchObject({ step: 6, parts: [{ worker: 0 }, { worker: 1 }, { worker: 2 }] });
    expect((await trainToEnd(again)).at(-1)!.checkpoint.sha256).toBe(whole.checkpoint.sha256);
  });
});

describe('caps', () => {
  it.each(['maxDollars', 'maxSeconds'] as const)('%s leaves room for a whole round', async (field) => {
    /** Every look at a clock takes a tenth of a second. */
    let ms = 0;
    const stopwatch = () => startStopwatch(1024, { now: () => (ms += 100), prices: readPrices() });
    const now = () => NOW.getTime() + ms;
    const train = async (runId: string, more: object) => {
      ms = 0;
      let last = await start(runId, { ...JOB, iterations: 120, ...more }, new Date(now()), {
        stopwatch: stopwatch(),
      });
      while (!last.done) {
        const results: WorkerResult[] = [];
        for (const { worker } of last.parts!) {
          results.push(await work(last, worker, { stopwatch: stopwatch() }));
        }
        last = await reduce(last, results, { stopwatch: stopwatch(), now });
      }
      return last;
    };
    const free = await train('free', {});
    const limit = field === 'maxDollars' ? free.runDollars / 2 : ms / 2000;
    const capped = await train('capped', { [field]: limit });
    expect(capped.stopped).toBe(`stopped at step ${capped.step} of 120: ${field} ${limit} reached`);
    expect(capped.step % 6).toBe(0);
    expect(capped.step).toBeGreaterThan(24);
    expect(field === 'maxDollars' ? capped.runDollars : ms / 1000).toBeLessThan(limit);
    expect(await promote(capped)).toMatchObject({ step: capped.step, stopped: capped.stopped });
  });
});

describe('refuses', () => {
  it('steps that take longer than an invocation, naming localIterations', async () => {
    const first = await start('run', { ...JOB, localIterations: 4 });
    let left = 900_000;
    const remainingMs = () => (left -= 300_000);
    await expect(work(first, 0, { remainingMs })).rejects.toThrow(
      'localIterations: got 4, of 4 steps 2 fit into an invocation; choose fewer',
    );
    expect(await store.list(KEYS.roundsPrefix)).toEqual([]);
  });

  it('steps so slow that the next two might be cut off', async () => {
    const first = await start('run', { ...JOB, localIterations: 4 });
    let passed = 0;
    const stopwatch = startStopwatch(1769, { now: () => passed });
    const remainingMs = () => {
      passed += 200_000;
      return 900_000 - passed;
    };
    // Before the second step 300 s are left, of which two may take 400.
    await expect(work(first, 0, { remainingMs, stopwatch })).rejects.toThrow(
      'localIterations: got 4, of 4 steps 2 fit into an invocation; choose fewer',
    );
  });

  it('a round with a worker that failed, in its words', async () => {
    const first = await start('run', JOB);
    const results = await allOf(first);
    const failed = (worker: number, message: string): WorkerResult => ({
      worker,
      error: { name: 'TrainingDivergedError', message },
    });
    const reducing = reduce(first, [failed(2, 'b'), results[0]!, failed(1, 'an output')]);
    await expect(reducing).rejects.toThrow('worker 1 and 1 more: an output');
    await expect(reducing).rejects.toMatchObject({ name: 'TrainingDivergedError' });
  });

  it('parts that are not what their workers answered, or not one of each', async () => {
    const first = await start('run', JOB);
    const results = await allOf(first);
    await expect(reduce(first, results.slice(1))).rejects.toThrow(
      'results: got those of workers 1, 2, expected one of each of 3',
    );
    s3.objects.damage(KEYS.roundPart('run', 0, 2), 300);
    await expect(reduce(first, results)).rejects.toThrow(/rounds\/run.*has SHA-256/);
    s3.objects.delete(KEYS.roundPart('run', 0, 1));
    await expect(reduce(first, results)).rejects.toThrow(/rounds\/run.* is not there/);
    expect(s3.objects.has(KEYS.checkpoint('run', 6))).toBe(false);
  });

  it('a step at which no round begins, as wrong input', async () => {
    const within = { ...(await start('run', JOB)), step: 1 };
    const refusal = {
      name: 'ConfigError',
      message: expect.stringContaining('step: got 1, expected a multiple of 6'),
    };
    await expect(work(within, 0)).rejects.toMatchObject(refusal);
    await expect(reduce(within, [])).rejects.toMatchObject(refusal);
  });

  it('a worker that the round has not, and a run without workers', async () => {
    const first = await start('run', JOB);
    await expect(work(first, 3)).rejects.toThrow(
      'worker: got 3, expected one of 0, 1, 2, who have steps from 0 on',
    );
    const sequential = await start('sequential');
    await expect(work(sequential, 0)).rejects.toThrow('run sequential has no workers');
    await expect(reduce(sequential, [])).rejects.toThrow('run sequential has no workers');
  });
});
