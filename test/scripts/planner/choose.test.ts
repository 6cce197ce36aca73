import { describe, expect, it } from 'vitest';
import { DEFAULT_JOB, type JobConfig } from '../../../functions/schemas/config.ts';

import { choose, NEARLY, secondsPerDollar } from '../../../scripts/planner/choose.ts';
import { jobOf, sizeFromCatalogue, withWorkers } from '../../../scripts/planner/describe-job.ts';
import type { Job } from '../../../scripts/planner/job.ts';
import { estimate, isRefused } from '../../../scripts/planner/model.ts';
import { possible, question, SPEED } from './jobs.ts';

/** Long enough for workers to help. */
const LONG = { iterations: 300_000, chunkIterations: 3000, evaluateEvery: 30_000, localIterations: 100 };
const MEMORIES = [1024, 1769, 3538];
const WORKERS = [1, 2, 5];

/** Of a config on MNIST, by workers. */
function jobWith(config: Partial<JobConfig>, more: Partial<Job> = {}) {
  const whole = { ...DEFAULT_JOB, ...config };
  const size = sizeFromCatalogue(whole, {});
  return (workers: number): Job => ({ ...jobOf(withWorkers(whole, workers), size), ...more });
}
const asked = question();

describe('a choice', () => {
  const choice = choose(asked, jobWith(LONG), MEMORIES, WORKERS);

  it('has each memory with each number of workers, and the best of them', () => {
    const estimates = choice.answers.map(possible);
    expect(estimates.map(({ memoryMb, workers }) => [memoryMb, workers])).toEqual(
      MEMORIES.flatMap((memoryMb) => WORKERS.map((workers) => [memoryMb, workers])),
    );
    expect(choice.cheapest!.dollars).toBe(Math.min(...estimates.map(({ dollars }) => dollars)));
    expect(choice.fastest!.seconds).toBe(Math.min(...estimates.map(({ seconds }) => seconds)));
  });

  it('knows where more workers stop helping', () => {
    const { localIterations, evaluateEvery, ...byDefault } = LONG;
    // A network whose steps are long beside what a round adds.
    const slow = question({}, { speed: { ...SPEED, stepMs: 20 } });
    const curve = choose(slow, jobWith(byDefault), [1769], [1]).workers!;
    const { fastestWorkers, fastestSeconds, enoughWorkers, enoughSeconds } = curve;
    const secondsOf = (workers: number) =>
      possible(estimate({ ...slow, job: jobWith(byDefault)(workers) })).seconds;
    expect(fastestWorkers).toBeGreaterThan(1);
    expect(secondsOf(fastestWorkers)).toBe(fastestSeconds);
    for (const others of [1, 2, 50, 300, 600, 1000]) {
      expect(secondsOf(others)).toBeGreaterThanOrEqual(fastestSeconds);
      if (others < enoughWorkers) expect(secondsOf(others)).toBeGreaterThan((1 + NEARLY) * fastestSeconds);
    }
    expect(secondsOf(enoughWorkers)).toBe(enoughSeconds);
    expect(enoughSeconds).toBeLessThanOrEqual((1 + NEARLY) * fastestSeconds);
  });

  it('is the sequential run where rounds only add to it', () => {
    const { workers } = choose(asked, jobWith({ localIterations: 1, iterations: 600 }), [1769], [1, 2]);
    expect(workers).toMatchObject({ fastestWorkers: 1, enoughWorkers: 1 });
  });

  it('keeps what cannot run with its reason, and chooses among the rest', () => {
    const large = { datasetBytes: 400e6 };
    const { answers, cheapest } = choose(asked, jobWith({}, large), [1024, 1769], [1]);
    expect(answers.map(isRefused)).toEqual([true, false]);
    expect(cheapest!.memoryMb).toBe(1769);
    const none = choose(asked, jobWith({}, { datasetBytes: 40e9 }), [1024], [1]);
    expect([none.cheapest, none.fastest, none.workers]).toEqual([undefined, undefined, undefined]);
  });

  it('leaves out numbers of workers whose rounds the config does not go with', () => {
    const { answers } = choose(asked, jobWith(LONG), [1769], [2, 7]);
    expect(answers[1]).toMatchObject({
      workers: 7,
      refused: expect.stringContaining('evaluateEvery: got 30000, expected a multiple of 700'),
    });
    expect(isRefused(answers[0]!)).toBe(false);
  });
});

it('what a further dollar saves is known only where one is paid and something is saved', () => {
  const [one] = choose(asked, jobWith({}), [1769], [1]).answers.map(possible);
  expect(
    secondsPerDollar(one!, { ...one!, seconds: one!.seconds - 10, dollars: one!.dollars + 2 }),
  ).toBeCloseTo(5);
  expect(
    secondsPerDollar(one!, { ...one!, seconds: one!.seconds + 10, dollars: one!.dollars + 2 }),
  ).toBeUndefined();
  expect(secondsPerDollar(one!, { ...one!, seconds: one!.seconds - 10 })).toBeUndefined();
});
