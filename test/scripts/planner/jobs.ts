/** Jobs, speeds and places to plan for. */
import fc from 'fast-check';
import { readPrices } from '../../../functions/schemas/prices.ts';
import type { Job, Question } from '../../../scripts/planner/job.ts';
import type { Estimate, Refusal } from '../../../scripts/planner/model.ts';
import { isRefused } from '../../../scripts/planner/model.ts';
import { AWS } from '../../../scripts/planner/platform.ts';
import type { Speed } from '../../../scripts/planner/speed.ts';

/** The textbook job on MNIST. */
export const TEXTBOOK: Job = {
  totalSteps: 10_000,
  stepsPerEpoch: 600,
  batchSize: 100,
  chunkSteps: 10_000,
  saveEverySteps: 600,
  evaluateEverySteps: 600,
  trainRows: 60_000,
  testRows: 10_000,
  trainShards: 6,
  testShards: 1,
  kind: 'u8',
  datasetBytes: 55e6,
  streamed: false,
  shardsTogether: 4,
  parameters: 39_760,
  networkBytes: 619_840,
  checkpointBytes: 159_040,
  rounds: undefined,
  versions: 0,
  conditional: true,
};

export const SPEED: Speed = {
  stepMs: 0.2,
  parallelShare: 0.8,
  evaluateMs: 100,
  loadMs: 200,
  checkpointMs: 1,
  averageMs: 0.1,
};

export const question = (job: Partial<Job> = {}, more: Partial<Question> = {}): Question => ({
  job: { ...TEXTBOOK, ...job },
  speed: SPEED,
  platform: AWS,
  prices: readPrices(),
  memoryMb: 1769,
  ...more,
});

export function possible(answer: Estimate | Refusal): Estimate {
  if (isRefused(answer)) throw new Error(answer.refused);
  return answer;
}

export const workers = fc.record({
  workers: fc.integer({ min: 1, max: 20 }),
  localIterations: fc.integer({ min: 1, max: 200 }),
});

/** Small jobs of all shapes that can run. */
export const jobs: fc.Arbitrary<Partial<Job>> = fc.record({
  totalSteps: fc.integer({ min: 1, max: 3000 }),
  chunkSteps: fc.integer({ min: 1, max: 1500 }),
  saveEverySteps: fc.integer({ min: 1, max: 700 }),
  evaluateEverySteps: fc.integer({ min: 1, max: 700 }),
  stepsPerEpoch: fc.integer({ min: 1, max: 700 }),
  rounds: fc.option(workers, { nil: undefined }),
  versions: fc.integer({ min: 0, max: 5 }),
  streamed: fc.boolean(),
});
