import { describe, expect, it } from 'vitest';
import { choose, NEARLY, secondsPerDollar } from '../../../scripts/plan/choose.ts';
import { estimate, isRefused } from '../../../scripts/plan/model.ts';
import { possible, question } from './jobs.ts';

/** Long enough for workers to help. */
const LONG = { totalSteps: 300_000, chunkSteps: 3000, evaluateEverySteps: 30_000, localIterations: 1000 };
const MEMORIES = [1024, 1769, 3538];
const WORKERS = [1, 4, 16];

describe('a choice', () => {
  const asked = question(LONG);
  const choice = choose(asked, MEMORIES, WORKERS);

  it('has each memory with each number of workers, and the best of them', () => {
    const estimates = choice.answers.map(possible);
    expect(estimates.map(({ memoryMb, workers }) => [memoryMb, workers])).toEqual(
      MEMORIES.flatMap((memoryMb) => WORKERS.map((workers) => [memoryMb, workers])),
    );
    expect(choice.cheapest!.dollars).toBe(Math.min(...estimates.map(({ dollars }) => dollars)));
    expect(choice.fastest!.seconds).toBe(Math.min(...estimates.map(({ seconds }) => seconds)));
  });

  it('knows where more workers stop helping', () => {
    const { memoryMb, fastestWorkers, fastestSeconds, enoughWorkers } = choice.workers!;
    const secondsOf = (workers: number) =>
      possible(estimate(question({ ...LONG, workers }, { memoryMb }))).seconds;
    expect(memoryMb).toBe(choice.cheapest!.memoryMb);
    expect(secondsOf(fastestWorkers)).toBe(fastestSeconds);
    expect(secondsOf(fastestWorkers + 1)).toBeGreaterThanOrEqual(fastestSeconds);
    expect(fastestWorkers).toBeGreaterThan(1);
    expect(secondsOf(enoughWorkers)).toBeLessThanOrEqual((1 + NEARLY) * fastestSeconds);
    expect(secondsOf(enoughWorkers - 1)).toBeGreaterThan((1 + NEARLY) * fastestSeconds);
  });

  it('is the sequential run where rounds only add to it', () => {
    const { workers } = choose(question({ localIterations: 1 }), [1769], [1, 2]);
    expect(workers).toMatchObject({ fastestWorkers: 1, enoughWorkers: 1 });
  });

  it('keeps what cannot run with its reason, and chooses among the rest', () => {
    const { answers, cheapest } = choose(question({ datasetBytes: 400e6 }), [1024, 1769], [1]);
    expect(answers.map(isRefused)).toEqual([true, false]);
    expect(cheapest!.memoryMb).toBe(1769);
    const none = choose(question({ datasetBytes: 40e9 }), [1024], [1]);
    expect([none.cheapest, none.fastest, none.workers]).toEqual([undefined, undefined, undefined]);
  });
});

it('what a further dollar saves is known only where one is paid and something is saved', () => {
  const [one] = choose(question(), [1769], [1]).answers.map(possible);
  expect(
    secondsPerDollar(one!, { ...one!, seconds: one!.seconds - 10, dollars: one!.dollars + 2 }),
  ).toBeCloseTo(5);
  expect(
    secondsPerDollar(one!, { ...one!, seconds: one!.seconds + 10, dollars: one!.dollars + 2 }),
  ).toBeUndefined();
  expect(secondsPerDollar(one!, { ...one!, seconds: one!.seconds - 10 })).toBeUndefined();
});
