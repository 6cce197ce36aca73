/** Chunks of many epochs: the checkpoints inside them, attempts that go on from there, and StartRun, which trains the first one. */
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { KEYS } from '../../functions/contract/keys.ts';
import { startStopwatch } from '../../functions/run/stopwatch.ts';
import type { StepMetrics } from '../../functions/schemas/documents.ts';
import type { RunProgress } from '../../functions/schemas/payloads.ts';
import { readPrices } from '../../functions/schemas/prices.ts';
import { encodeJson } from '../../functions/store/json.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { s3WithContent } from './support/fake-s3.ts';
import { NOW, tinyRuns } from './support/tiny-run.ts';

const store = createS3Store('bucket');
const { prepare, start, startTraining, chunk, trainToEnd, promote } = tinyRuns(store);
const s3 = s3WithContent(prepare);

const metricsAt = (runId: string, step: number) => s3.json(KEYS.metrics(runId, step)) as StepMetrics;
const stepsOf = (runId: string, prefix: 'metrics' | 'checkpoints') =>
  s3.objects
    .keys()
    .filter((key) => key.startsWith(`runs/${runId}/${prefix}/`))
    .map((key) => Number(/(\d+)\.\w+$/.exec(key)![1]))
    .sort((a, b) => a - b);

/** Kills the attempt at its write of these metrics, as if its process were gone. @returns what it leaves undone */
async function killedAt(step: number, runId: string, attempt: () => Promise<unknown>): Promise<void> {
  s3.always(PutObjectCommand, (input, perform) => {
    if (input.Key === KEYS.metrics(runId, step)) throw new Error('killed');
    return perform();
  });
  await expect(attempt()).rejects.toThrow('killed');
  s3.always(PutObjectCommand, (_input, perform) => perform());
}

describe('a chunk', () => {
  it('of many epochs leaves a checkpoint and metrics of each that name it', async () => {
    const end = await chunk(await start('run'));
    expect(end).toMatchObject({ step: 30, done: true });
    expect(end.evaluations.map(({ step }) => step)).toEqual([6, 12, 18, 24, 30]);
    expect(stepsOf('run', 'checkpoints')).toEqual([0, 6, 12, 18, 24, 30]);
    for (const step of [6, 12, 18, 24, 30]) {
      expect(metricsAt('run', step).checkpoint!.key).toBe(KEYS.checkpoint('run', step));
    }
    const apart = (await trainToEnd(await start('apart', { chunkIterations: 7 }))).at(-1)!;
    expect(apart.checkpoint.sha256).toBe(end.checkpoint.sha256);
  });

  it('trains on while a checkpoint is written, and names it when it is there', async () => {
    const order: string[] = [];
    const held = Promise.withResolvers<void>();
    s3.always(PutObjectCommand, async (input, perform) => {
      if (input.Key === KEYS.checkpoint('run', 6)) await held.promise;
      if (input.Key === KEYS.checkpoint('run', 24)) {
        // Time enough for the metrics of steps 12 and 18, if they didn't wait for those of step 6.
        for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
        held.resolve();
      }
      const answer = await perform();
      if (/^runs\/run\/(metrics|checkpoints)\//.test(input.Key!)) order.push(input.Key!);
      return answer;
    });
    const begun = await start('run');
    order.length = 0;
    const end = await chunk(begun);
    // Metrics follow their checkpoints, and each other.
    const at = (key: string) => order.indexOf(key);
    const places = [6, 12, 18, 24, 30].map((step) => at(KEYS.metrics('run', step)));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    for (const step of [6, 12, 18, 24, 30]) {
      expect(at(KEYS.checkpoint('run', step))).toBeGreaterThanOrEqual(0);
      expect(at(KEYS.checkpoint('run', step))).toBeLessThan(at(KEYS.metrics('run', step)));
    }
    s3.always(PutObjectCommand, (_input, perform) => perform());
    const undisturbed = await chunk(await start('undisturbed'));
    expect(end.checkpoint.sha256).toBe(undisturbed.checkpoint.sha256);
  });

  it.each([
    ['four', {}, [6, 12, 18, 24]],
    // A cap is held to what has been written.
    ['one where there is a cap', { maxDollars: 5 }, [6]],
  ])('writes checkpoints of %s at a time', async (_, config, first) => {
    const begun = await start('run', config);
    const held = Promise.withResolvers<void>();
    const asked: number[] = [];
    s3.always(PutObjectCommand, async (input, perform) => {
      const step = Number(/checkpoints\/(\d+)/.exec(input.Key!)?.[1] ?? 0);
      if (step > 0) asked.push(step);
      if (step > 0) await held.promise;
      return perform();
    });
    const training = chunk(begun);
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    expect(asked).toEqual(first);
    held.resolve();
    await training;
    expect(asked).toEqual([6, 12, 18, 24, 30]);
  });

  it('ends with the failure of what was written meanwhile, and writes no metrics after that', async () => {
    const begun = await start('run');
    await killedAt(12, 'run', () => chunk(begun));
    expect(stepsOf('run', 'metrics')).toEqual([0, 6]);
    expect(stepsOf('run', 'checkpoints').slice(0, 3)).toEqual([0, 6, 12]);
  });

  it('has one where nothing is evaluated, too', async () => {
    await chunk(await start('run', { evaluateEvery: 13 }));
    expect(stepsOf('run', 'metrics')).toEqual([0, 6, 12, 13, 18, 24, 26, 30]);
    expect(metricsAt('run', 12)).toMatchObject({
      testAccuracy: null,
      checkpoint: { bytes: expect.any(Number) },
    });
    expect(metricsAt('run', 13)).toMatchObject({ testAccuracy: expect.any(Number), checkpoint: null });
  });

  it('that was killed is gone on with from its newest checkpoint, not from its begin', async () => {
    const begun = await start('run');
    await killedAt(24, 'run', () => chunk(begun));
    // The checkpoints of later steps are there, of one or two, but nothing names them.
    expect(stepsOf('run', 'metrics').at(-1)).toBe(18);
    const left = stepsOf('run', 'checkpoints').filter((step) => step >= 18);
    expect(left).toContain(24);
    const steps: number[] = [];
    s3.always(GetObjectCommand, (input, perform) => {
      if (input.Key!.includes('/checkpoints/')) steps.push(Number(/(\d+)\.s/.exec(input.Key!)![1]));
      return perform();
    });
    const end = await chunk(begun, undefined, { retries: 1 });
    // Those that stand where the attempt saves its own are read, too.
    expect(steps).toEqual(left);
    expect(end.evaluations.map(({ step }) => step)).toEqual([24, 30]);
    const whole = (await trainToEnd(await start('whole'))).at(-1)!;
    expect(end).toMatchObject({ done: true, checkpoint: { sha256: whole.checkpoint.sha256 } });
  });

  it('is gone on with from an older checkpoint where the newest is damaged, and from its begin where none is left', async () => {
    const begun = await start('run');
    await killedAt(24, 'run', () => chunk(begun));
    s3.objects.damage(KEYS.checkpoint('run', 18), 200);
    s3.objects.delete(KEYS.checkpoint('run', 24));
    const from = async () => {
      const { imagesPerSecond: _, ...end } = await chunk(begun, () => 0);
      return end.step - 1;
    };
    expect(await from()).toBe(12);
    s3.objects.delete(KEYS.metrics('run', 13));
    for (const step of [6, 12, 13]) s3.objects.delete(KEYS.checkpoint('run', step));
    expect(await from()).toBe(0);
  });

  it('whose answer was lost is not trained again', async () => {
    const begun = await start('run', { chunkIterations: 20 });
    const first = await chunk(begun);
    expect(first.step).toBe(20);
    await chunk(first);
    const again = await chunk(begun, undefined, { retries: 1 });
    // What the next chunk has written is not this one's.
    expect(again).toMatchObject({ step: 20, checkpoint: first.checkpoint, evaluations: [] });
  });

  it('keeps what an attempt before has spent, and how slow it was', async () => {
    const slow = startStopwatch(1024, { now: clock(1000), prices: readPrices(), transitions: 2 });
    const begun = await start('run');
    await killedAt(24, 'run', () => chunk(begun, undefined, { stopwatch: slow }));
    const spent = metricsAt('run', 18).timing.runDollars;
    const quick = startStopwatch(1024, { now: clock(1), prices: readPrices(), transitions: 2 });
    const end = await chunk(begun, undefined, { stopwatch: quick });
    expect(end.runDollars).toBeGreaterThan(spent);
    expect(end.loop!.pace.saveMs).toBeGreaterThanOrEqual(1000);
  });

  it('keeps the best of an attempt before it', async () => {
    const job = {
      iterations: 60,
      learningRate: 0.3,
      seed: 5,
      evaluateEvery: 4,
      earlyStopping: { patience: 4 },
    };
    const whole = await chunk(await start('whole', job));
    const begun = await start('run', job);
    await killedAt(28, 'run', () => chunk(begun));
    const end = await chunk(begun, undefined, { retries: 1 });
    const essence = ({ step, best, stopped, checkpoint }: RunProgress) => ({
      step,
      stopped,
      ...{ best: { ...best, checkpoint: best!.checkpoint!.sha256 }, checkpoint: checkpoint.sha256 },
    });
    expect(essence(end)).toEqual(essence(whole));
    expect(end.step).toBeLessThan(24);
  });

  it('ends where a cap has ended the attempt before it', async () => {
    const begun = await start('run', { maxSeconds: 1000 });
    const later = clock(60_000);
    const capped = await chunk(begun, undefined, { now: () => NOW.getTime() + later() });
    expect(capped.done).toBe(true);
    expect(capped.step).toBeGreaterThan(6);
    expect(capped.step).toBeLessThan(30);
    const { step, stopped } = capped;
    expect(await chunk(begun, undefined, { retries: 1 })).toMatchObject({ step, done: true, stopped });
  });

  it('of a run that an earlier version began has its checkpoint at its end, as before', async () => {
    await start('run');
    const { saveEverySteps: _, ...before } = s3.json(KEYS.runConfig('run'));
    s3.objects.set(KEYS.runConfig('run'), { body: encodeJson({ ...before, chunkSteps: 12 }) });
    const turns = await trainToEnd(await startTraining('run'));
    expect(s3.json(KEYS.runConfig('run'))).toEqual({ ...before, chunkSteps: 12 });
    expect(turns.map(({ step }) => step)).toEqual([12, 24, 30]);
    expect(stepsOf('run', 'checkpoints')).toEqual([0, 12, 24, 30]);
    const whole = (await trainToEnd(await start('whole'))).at(-1)!;
    expect(turns.at(-1)!.checkpoint.sha256).toBe(whole.checkpoint.sha256);
  });
});

describe('where an evaluation takes long', () => {
  const withPace = (progress: RunProgress, pace: { evaluateMs?: number; stepMs?: number }) => ({
    ...progress,
    loop: { ...progress.loop!, pace: { ...progress.loop!.pace, ...pace } },
  });

  it.each([
    ['the first', 6, 5],
    ['a later', 18, 17],
  ])(
    'who goes on after an attempt that was killed in %s one has only its step to train',
    async (_, evaluated, saved) => {
      const begun = withPace(await start('run'), { evaluateMs: 20_000 });
      await killedAt(evaluated, 'run', () => chunk(begun));
      expect(stepsOf('run', 'metrics').at(-1)).toBe(saved);
      expect(metricsAt('run', saved)).toMatchObject({ testAccuracy: null, checkpoint: expect.anything() });
      const from: string[] = [];
      s3.always(GetObjectCommand, (input, perform) => {
        if (input.Key!.includes('/checkpoints/')) from.push(input.Key!);
        return perform();
      });
      const end = await chunk(begun, undefined, { retries: 1 });
      expect(from[0]).toBe(KEYS.checkpoint('run', saved));
      expect(end.evaluations.map(({ step }) => step)).toEqual(
        [6, 12, 18, 24, 30].filter((step) => step >= evaluated),
      );
      const whole = (await trainToEnd(await start('whole'))).at(-1)!;
      expect(end).toMatchObject({ done: true, checkpoint: { sha256: whole.checkpoint.sha256 } });
    },
  );

  it('what is written of the step before is there before it begins', async () => {
    const begun = withPace(await start('run'), { evaluateMs: 20_000 });
    const order: string[] = [];
    s3.always(PutObjectCommand, async (input, perform) => {
      const answer = await perform();
      order.push(input.Key!);
      return answer;
    });
    let phases = 0;
    const stopwatch = startStopwatch(1769);
    const watched = {
      ...stopwatch,
      time: <T>(phase: 'load' | 'train' | 'evaluate' | 'save', work: () => T | Promise<T>) => {
        if (phase === 'evaluate' && phases++ === 0) order.push('evaluates');
        return stopwatch.time(phase, work);
      },
    };
    await chunk(begun, undefined, { stopwatch: watched });
    expect(order.slice(0, 3)).toEqual([KEYS.checkpoint('run', 5), KEYS.metrics('run', 5), 'evaluates']);
  });

  it('a chunk ends before one that has no time left, and the next one begins with it', async () => {
    const begun = withPace(await start('run'), { evaluateMs: 200_000 });
    // Each look takes 100 s; after five steps 400 are left, of which an evaluation may take all.
    const first = await chunk(begun, leftOf(900_000, 100_000));
    expect(first).toMatchObject({ step: 5, done: false, evaluations: [] });
    const second = await chunk(first, leftOf(900_000, 100_000));
    expect(second.evaluations.map(({ step }) => step)[0]).toBe(6);
  });

  it('a chunk ends while its last steps have the time that the slowest took', async () => {
    const begun = withPace(await start('run'), { stepMs: 200_000 });
    expect((await chunk(begun, leftOf(900_000, 200_000))).step).toBe(3);
  });

  it('StartRun leaves the training to TrainChunk where one would follow at once', async () => {
    const clockOf = () => startStopwatch(1024, { now: clock(100_000), prices: readPrices() });
    const remainingMs = () => 400_000;
    const each = { evaluateEvery: 1 };
    expect(await startTraining('run', each, { remainingMs, stopwatch: clockOf() })).toMatchObject({
      step: 0,
    });
    expect((await startTraining('other', {}, { remainingMs, stopwatch: clockOf() })).step).toBeGreaterThan(0);
  });
});

describe('StartRun', () => {
  it('trains a run to its end with the data that it holds', async () => {
    const end = await startTraining('run');
    expect(end).toMatchObject({ step: 30, done: true, loop: { turnsLeft: 100 } });
    expect(end.evaluations.map(({ step }) => step)).toEqual([0, 6, 12, 18, 24, 30]);
    expect(await promote(end)).toMatchObject({ step: 30, version: 1, promoted: true });
  });

  it('trains no more than a chunk', async () => {
    const begun = await startTraining('run', { chunkIterations: 8 });
    expect(begun).toMatchObject({ step: 8, done: false });
    expect((await chunk(begun)).step).toBe(16);
  });

  it('takes a run up where its attempts before have left it, and trains on', async () => {
    await killedAt(18, 'run', () => startTraining('run'));
    const end = await startTraining('run', {}, { retries: 1 });
    expect(end.evaluations.map(({ step }) => step)).toEqual([12, 18, 24, 30]);
    // One that is over is not trained again.
    expect(await startTraining('run', {}, { retries: 2 })).toMatchObject({ step: 30, done: true });
  });

  it('leaves the training to TrainChunk when beginning has taken its time, or there are workers', async () => {
    expect(await startTraining('run', {}, { remainingMs: () => 29_000 })).toMatchObject({
      step: 0,
      done: false,
    });
    const parallel = await startTraining('parallel', { workers: 2, localIterations: 5 });
    expect(parallel).toMatchObject({ step: 0, parts: [{ worker: 0 }, { worker: 1 }] });
  });

  it('counts what came before it once, however often it is tried', async () => {
    const free = { lambdaGbSecond: 0, lambdaRequest: 0, s3Read: 0, s3Write: 0, stateTransition: 1 };
    const stopwatch = () => startStopwatch(1024, { prices: free, transitions: 2 });
    await killedAt(12, 'run', () => startTraining('run', {}, { stopwatch: stopwatch() }));
    const { runDollars } = metricsAt('run', 6).timing;
    const end = await startTraining('run', {}, { retries: 1, stopwatch: stopwatch() });
    expect(end.runDollars).toBe(runDollars + 2);
    // Another execution has come by all of its states, and by those that have started it.
    const other = { executionName: 'run.1', stopwatch: stopwatch() };
    expect((await startTraining('run', {}, other)).runDollars).toBeGreaterThan(end.runDollars + runDollars);
  });
});

/** What is left of an invocation, less by so much at each look. */
function leftOf(all: number, ms: number): () => number {
  let left = all + ms;
  return () => {
    left -= ms;
    return left;
  };
}

/** A clock that goes on by so much whenever it is read. */
function clock(ms: number): () => number {
  let at = 0;
  return () => {
    at += ms;
    return at;
  };
}
