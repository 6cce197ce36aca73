/** The real competitors' processes on a few steps: nothing about time, but that they did the same work. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mnistFolder } from '../../../../scripts/cloud/mnist-mirror.ts';
import { type Competitor, findCompetitors } from '../../../../scripts/lab/bench/competitors.ts';
import { writeInputs } from '../../../../scripts/lab/bench/inputs.ts';
import { allJobs, type Job } from '../../../../scripts/lab/bench/jobs.ts';
import { measureJob } from '../../../../scripts/lab/bench/measure.ts';
import { profileStep } from '../../../../scripts/lab/bench/profile.ts';
import { findNumpy } from '../../../../scripts/lab/bench/python.ts';
import { compareSeeds } from '../../../../scripts/lab/bench/seeds.ts';
import { TASK_FILE } from '../../../../scripts/lab/bench/task.ts';
import { readMnistRows } from '../../../../scripts/support/mnist-rows.ts';
import { proofOnly } from '../../../support/needs.ts';
import { startedThreads } from '../../../support/threads.ts';

const jobs = allJobs(true);
const tiny = (id: string): Job => ({
  ...jobs.find((job) => job.id === id)!,
  steps: 12,
  warmup: 2,
  calls: { single: 2, batch: 1 },
});
let competitors: Competitor[];
/** The inputs of a job, by its id. */
let folder: string;

async function inputsOf(job: Job): Promise<string> {
  const inputs = join(folder, job.id);
  if (existsSync(inputs)) return inputs;
  mkdirSync(inputs);
  writeInputs(inputs, job, mnistFolder(), readMnistRows(mnistFolder()).train, await startedThreads(1));
  return inputs;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stepnet-bench-test-'));
  ({ competitors } = await findCompetitors({ isFull: true }));
  // PyTorch takes seconds to be asked whether it is there.
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('the competitors that are there', () => {
  it('are ours and the reference at least', () => {
    const families = competitors.map(({ family }) => family);
    expect(families).toEqual(expect.arrayContaining(['stepnet', 'stepnet reference']));
  });

  it.each(['textbook', 'textbook-inference', 'conv', 'conv-inference'])(
    'do the same work: %s',
    proofOnly,
    async (id) => {
      const job = tiny(id);
      const report = await measureJob({
        job,
        folder: await inputsOf(job),
        // Of convolutions it would take minutes.
        competitors: competitors.filter(({ family }) => family !== 'tfjs cpu'),
        rounds: 1,
        onProgress: () => {},
      });
      const metrics = job.metrics.map((metric) => metric.id);
      for (const entry of report.entries) {
        expect([entry.competitor, entry.agrees]).toEqual([entry.competitor, true]);
        expect(Object.keys(entry.figures)).toEqual(metrics);
      }
    },
  );

  it('are found out when they do other work', async () => {
    const job = tiny('textbook');
    const inputs = await inputsOf(job);
    const other = join(folder, 'other');
    cpSync(inputs, other, { recursive: true });
    const task = JSON.parse(readFileSync(join(other, TASK_FILE), 'utf8'));
    task.config.learningRate *= 20;
    writeFileSync(join(other, TASK_FILE), JSON.stringify(task));
    const [ours] = competitors as [Competitor];
    const cheat: Competitor = { ...ours, name: 'cheat', command: (_, steps) => ours.command(other, steps) };
    const { entries } = await measureJob({
      job,
      folder: inputs,
      competitors: [ours, cheat],
      rounds: 1,
      onProgress: () => {},
    });
    expect(entries.map(({ agrees }) => agrees)).toEqual([true, false]);
  });
});

describe('the profile of a step', proofOnly, () => {
  it.each([1, 2])('sees both phases on %i threads', async (threads) => {
    const job = tiny('textbook');
    const { step } = await profileStep(job, await inputsOf(job), threads);
    for (const [part, microseconds] of Object.entries(step)) {
      expect([part, microseconds > 0]).toEqual([part, true]);
    }
  });
});

it('the seeds give an accuracy each, to NumPy too where it is', proofOnly, async () => {
  const job = tiny('textbook');
  const found = await findNumpy();
  const python = 'python' in found ? found : undefined;
  const { ours, numpy } = await compareSeeds(job, await inputsOf(job), 2, python);
  for (const { accuracies } of [ours, ...(numpy === null ? [] : [numpy])]) {
    expect(accuracies).toHaveLength(2);
    // Each seed is another training.
    expect(new Set(accuracies).size).toBe(2);
    expect(accuracies.every((accuracy) => accuracy >= 0.05 && accuracy < 0.9)).toBe(true);
  }
  expect(numpy === null).toBe(python === undefined);
});
