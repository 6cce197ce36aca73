import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRICE_NAMES } from '../../../functions/contract/prices.ts';
import { readPrices } from '../../../functions/schemas/prices.ts';
import { estimate, isRefused } from '../../../scripts/planner/model.ts';
import { AWS, localCloud, type Platform } from '../../../scripts/planner/platform.ts';
import { speedAt } from '../../../scripts/planner/speed.ts';
import { jobs, possible, question, SPEED, TEXTBOOK } from './jobs.ts';

describe('an estimate', () => {
  it('costs more at a higher price, and nothing without any', () => {
    fc.assert(
      fc.property(
        jobs,
        fc.constantFrom(...PRICE_NAMES),
        fc.double({ min: 1, max: 100, noNaN: true }),
        (job, name, factor) => {
          const prices = readPrices();
          const dearer = { ...prices, [name]: prices[name] * factor };
          const [before, after] = [prices, dearer].map((of) =>
            possible(estimate(question(job, { prices: of }))),
          );
          expect(after!.dollars).toBeGreaterThanOrEqual(before!.dollars);
          expect(after!.seconds).toBe(before!.seconds);
          const free = Object.fromEntries(PRICE_NAMES.map((one) => [one, 0])) as typeof prices;
          expect(possible(estimate(question(job, { prices: free }))).dollars).toBe(0);
        },
      ),
    );
  });

  it('takes longer and costs more where anything takes longer', () => {
    fc.assert(
      fc.property(jobs, fc.constantFrom('stepMs', 'evaluateMs', 'checkpointMs'), (job, what) => {
        const slower = { ...SPEED, [what]: SPEED[what] * 3 };
        const [before, after] = [SPEED, slower].map((speed) => possible(estimate(question(job, { speed }))));
        // Work that waits for shards anyway costs nothing more.
        const least = job.streamed ? -1e-9 : 1e-9;
        expect(after!.seconds - before!.seconds).toBeGreaterThanOrEqual(least);
        expect(after!.dollars - before!.dollars).toBeGreaterThanOrEqual(least / 1e3);
      }),
    );
    for (const what of ['transitionMs', 'invokeMs', 'coldStartMs', 'requestMs'] as const) {
      const slower = { ...AWS, [what]: AWS[what] * 3 };
      const [before, after] = [AWS, slower].map((platform) => possible(estimate(question({}, { platform }))));
      expect(after!.seconds).toBeGreaterThan(before!.seconds);
    }
  });

  it('of the sequential run has no rounds, nor anything that they take', () => {
    const slow = { ...AWS, mapMs: 1e6, childMs: 1e6 };
    const sequential = possible(estimate(question()));
    expect(sequential).toMatchObject({ workers: 1, structure: { rounds: 0 } });
    expect(possible(estimate(question({}, { platform: slow })))).toEqual(sequential);
    expect(sequential.functions.TrainWorker.billedMs).toBe(0);
    expect(sequential.functions.ReduceRound.billedMs).toBe(0);
  });

  it('of more workers has their steps side by side, and pays for what rounds add', () => {
    const totalSteps = 10_000_000;
    const long = { totalSteps, chunkSteps: 400_000, saveEverySteps: 400_000, evaluateEverySteps: totalSteps };
    const rounds = { workers: 4, localIterations: 100_000 };
    const [one, four] = [long, { ...long, rounds }].map((job) => possible(estimate(question(job))));
    expect(four!.seconds).toBeLessThan(one!.seconds / 2);
    expect(four!.seconds).toBeGreaterThan(one!.seconds / 4);
    expect(four!.dollars).toBeGreaterThan(one!.dollars);
  });

  it('of more workers than run at once, or than there are processors, has them wait', () => {
    const job = {
      totalSteps: 600_000,
      evaluateEverySteps: 600_000,
      rounds: { workers: 4, localIterations: 5000 },
    };
    const secondsOn = (platform: Platform) => possible(estimate(question(job, { platform }))).seconds;
    const work = (job.totalSteps * SPEED.stepMs) / 1000;
    expect(secondsOn(localCloud(2))).toBeGreaterThan(work / 2);
    expect(secondsOn(localCloud(8))).toBeLessThan(work / 2);
    expect(secondsOn({ ...AWS, concurrency: 2 })).toBeGreaterThan(work / 2);
    expect(secondsOn(AWS)).toBeLessThan(secondsOn({ ...AWS, concurrency: 2 }));
  });

  it('is the sum of what its functions use', () => {
    const { usage, functions } = possible(
      estimate(question({ rounds: { workers: 3, localIterations: 100 } })),
    );
    const uses = Object.values(functions);
    expect(uses.reduce((sum, use) => sum + use.invocations, 0)).toBe(usage.invocations);
    expect(uses.reduce((sum, use) => sum + use.s3Reads, 0)).toBe(usage.s3Reads);
    expect(uses.reduce((sum, use) => sum + use.billedMs * use.memoryMb, 0)).toBeCloseTo(usage.mbMs, 3);
  });
});

describe('memory', () => {
  it('below one vCPU slows all arithmetic by its share, above it only adds threads', () => {
    const at = (memoryMb: number) => speedAt(SPEED, memoryMb, AWS);
    expect(at(1769)).toEqual(SPEED);
    expect(at(1769 / 2).stepMs).toBeCloseTo(2 * SPEED.stepMs);
    expect(at(1769 / 2).loadMs).toBeCloseTo(2 * SPEED.loadMs);
    expect(at(3000)).toEqual(SPEED);
    expect(at(3538).stepMs).toBeCloseTo(SPEED.stepMs * (0.2 + 0.8 / 2));
    expect(at(3538).loadMs).toBe(SPEED.loadMs);
    expect(at(10_240).stepMs).toBeCloseTo(SPEED.stepMs * (0.2 + 0.8 / 5));
  });

  it('in the local cloud is no share of a processor', () => {
    expect(speedAt(SPEED, 512, localCloud(2))).toEqual(SPEED);
    expect(speedAt(SPEED, 10_240, localCloud(2)).stepMs).toBeCloseTo(SPEED.stepMs * (0.2 + 0.8 / 2));
  });
});

describe('what cannot run is refused', () => {
  it.each([
    ['memory: got 1024 MB, expected at least ', question({ datasetBytes: 300e6 }, { memoryMb: 1024 })],
    [
      ', and a function has at most 10240; sampling "shardShuffle" needs less',
      question({ datasetBytes: 4e9 }, { memoryMb: 10_240 }),
    ],
    [
      'fewer shardsTogether need less',
      question({ datasetBytes: 4e9, streamed: true, shardsTogether: 4 }, { memoryMb: 1769 }),
    ],
    [
      'memory: got 1769 MB, expected at least 2328 for dataset and network; a smaller batchSize or network needs less',
      question({ networkBytes: 1.9 * 2 ** 30 }, { memoryMb: 1769 }),
    ],
    [
      'localIterations: got 5000000, expected at most 4349000: a step takes 0.20 ms, and an invocation has 869.8 s for them',
      question({ rounds: { workers: 2, localIterations: 5_000_000 } }),
    ],
    [
      'batchSize: a step of 100 samples takes 1000.0 s, expected at most 869.8 s',
      question({}, { speed: { ...SPEED, stepMs: 1e6 } }),
    ],
  ])('%s', (message, asked) => {
    const answer = estimate(asked);
    expect(isRefused(answer) ? answer.refused : 'not refused').toContain(message);
  });

  it('what is held fits as it is checked before a run begins', () => {
    const needed = (datasetBytes: number, memoryMb: number) =>
      isRefused(estimate(question({ datasetBytes }, { memoryMb })));
    // 256 MB are reserved, and bytes are there three times.
    const most = ((1024 - 256) / 3) * 1024 * 1024;
    expect(needed(most, 1024)).toBe(false);
    expect(needed(most + 1e6, 1024)).toBe(true);
  });

  it('streaming lets a dataset be larger than any memory, as long as one invocation can evaluate it', () => {
    const job = { ...TEXTBOOK, datasetBytes: 6e10, trainShards: 10_000, testShards: 10, streamed: true };
    expect(isRefused(estimate(question(job)))).toBe(false);
    const answer = estimate(question(job, { speed: { ...SPEED, evaluateMs: 9e5 } }));
    expect(answer).toMatchObject({
      refused:
        'rows: an evaluation of 60000 and 10000 takes 900.2 s with their reading, expected at most 870.0 s, which an invocation has for it',
    });
  });
});
