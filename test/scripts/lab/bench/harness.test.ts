import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { initialLayers } from '../../../../core/network/weights.ts';
import { BatchSampler } from '../../../../core/training/batch-sampler.ts';
import { mnistFolder } from '../../../../scripts/cloud/mnist-mirror.ts';
import { writeInputs } from '../../../../scripts/lab/bench/inputs.ts';
import { allJobs } from '../../../../scripts/lab/bench/jobs.ts';
import { readBatches, readWeights, scaled, scoreOf } from '../../../../scripts/lab/bench/peers/harness.ts';
import { TASK_FILE, type Task } from '../../../../scripts/lab/bench/task.ts';
import { readMnistRows } from '../../../../scripts/support/mnist-rows.ts';
import { startedThreads } from '../../../support/threads.ts';

describe('a job’s inputs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stepnet-bench-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const job = { ...allJobs(true).find(({ id }) => id === 'textbook')!, steps: 3 };
  const { train } = readMnistRows(mnistFolder());
  writeInputs(folder, job, mnistFolder(), train, await startedThreads(1));
  const task: Task = JSON.parse(readFileSync(join(folder, TASK_FILE), 'utf8'));

  it('are the weights that ours begins with', () => {
    const { layers, weightInit, seed } = job.config;
    expect(readWeights(task)).toEqual(initialLayers(layers, weightInit, seed));
  });

  it('are the batches that ours draws', () => {
    const sampler = new BatchSampler('withReplacement', 60_000, job.config.seed);
    const batches = readBatches(task);
    expect(batches).toHaveLength(3);
    const drawn = new Uint32Array(100);
    batches.forEach((batch, step) => {
      sampler.fill(drawn, step);
      expect(batch).toEqual(drawn);
    });
  });
});

describe('the score', () => {
  it('is the mean of -ln p of the right class, and the share of right answers', () => {
    const probabilities = Float32Array.of(0.5, 0.25, 0.25, 0.125, 0.125, 0.75);
    const { loss, accuracy } = scoreOf(probabilities, Uint8Array.of(0, 1));
    expect(loss).toBeCloseTo((Math.log(2) + Math.log(8)) / 2, 12);
    expect(accuracy).toBe(0.5);
  });

  it('of an impossible answer is large and finite', () => {
    expect(scoreOf(Float32Array.of(1, 0), Uint8Array.of(1)).loss).toBeCloseTo(-Math.log(1e-30), 6);
  });
});

it('pixels as inputs go from 0 to 1', () => {
  const inputs = scaled(Uint8Array.of(0, 51, 255));
  expect(inputs[0]).toBe(0);
  expect(inputs[1]).toBeCloseTo(0.2, 6);
  expect(inputs[2]).toBe(1);
});
