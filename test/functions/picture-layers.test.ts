/** Networks of pictures with dropout, step by step as the state machines take them: chunks, rounds, sweeps. */
import { describe, expect, it } from 'vitest';
import { decodeCheckpoint } from '../../core/training/checkpoint.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { planSweep } from '../../functions/plan-sweep/plan-sweep.ts';
import type { RunConfig } from '../../functions/schemas/documents.ts';
import { readPrices } from '../../functions/schemas/prices.ts';
import type { SweepPlan } from '../../functions/schemas/sweep.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { s3WithContent } from './support/fake-s3.ts';
import { TINY_CATALOGUE, TINY_CONFIG } from './support/tiny-dataset.ts';
import { tinyRuns } from './support/tiny-run.ts';

const store = createS3Store('bucket');
const { prepare, start, work, reduce, trained } = tinyRuns(store);
const s3 = s3WithContent(prepare);

const HIDDEN = [{ conv: 4, kernel: [2, 3] }, { maxPool: [2, 1], stride: 1 }, { dropout: 0.5 }, 5];
/** Pictures of 3×3; 30 steps of 5 samples, 6 steps an epoch. */
const JOB = {
  layers: [[3, 3, 1], ...HIDDEN, 3],
  activation: 'relu',
  optimizer: 'momentum',
  learningRate: 0.05,
};

const shaOf = async (runId: string, more: object) =>
  (await trained(runId, { ...JOB, ...more })).checkpoint.sha256;

describe('a run', () => {
  it('ends with the same bytes in any chunks, on both backends and with one worker', async () => {
    const whole = await shaOf('whole', {});
    for (const [runId, more] of Object.entries({
      chunks: { chunkIterations: 4 },
      reference: { backend: 'reference', chunkIterations: 7 },
      one: { workers: 1, localIterations: 7 },
    })) {
      expect(await shaOf(runId, more), runId).toBe(whole);
    }
    expect(await shaOf('other', { seed: 1 })).not.toBe(whole);
    expect(await shaOf('dense', { layers: [9, { dropout: 0.5 }, 5, 3] })).not.toBe(whole);
  });

  it('whose first layer is open takes the shape of the pictures, and is the same run', async () => {
    await trained('given', JOB);
    await trained('open', { ...JOB, layers: [0, ...HIDDEN, 0] });
    const [given, open] = ['given', 'open'].map((runId) => s3.json(KEYS.runConfig(runId)) as RunConfig);
    expect(open!.config.layers).toEqual(JOB.layers);
    expect(open!.configHash).toBe(given!.configHash);
  });
});

describe('a round', () => {
  const PARALLEL = { ...JOB, workers: 3, localIterations: 2 };

  it('gives the same bytes whoever trains first, again, or on the other backend', async () => {
    const first = await start('forwards', PARALLEL);
    const second = await start('backwards', { ...PARALLEL, backend: 'reference' });
    const inOrder = async (order: number[], progress: typeof first) => {
      const results = [];
      for (const worker of order) results.push(await work(progress, worker));
      return results;
    };
    const forwards = await reduce(first, await inOrder([0, 1, 2], first));
    await inOrder([1, 0], second);
    const backwards = await reduce(second, await inOrder([2, 1, 0], second));
    expect(backwards.checkpoint.sha256).toBe(forwards.checkpoint.sha256);
    // Workers drop other values out, as their steps do in a run of one.
    const part = (worker: number) =>
      decodeCheckpoint(s3.objects.get(KEYS.roundPart('forwards', 0, worker))!.body).layers[0]!.weights;
    expect(part(0)).not.toEqual(part(1));
    const mean = decodeCheckpoint(s3.objects.get(forwards.checkpoint.key)!.body);
    expect(mean.architecture.layers).toEqual(JOB.layers);
    expect(mean.layers[0]!.weights[3]).toBe(
      Math.fround([0, 1, 2].reduce((sum, worker) => sum + 10 * part(worker)[3]!, 0) / 30),
    );
  });
});

describe('a sweep', () => {
  const plan = (input: object) =>
    planSweep({ store, sweepId: 's', input, prices: readPrices(), catalogue: TINY_CATALOGUE });
  const { layers: _, ...rest } = JOB;
  const { layers: __, ...tiny } = TINY_CONFIG;
  const config = { ...tiny, ...rest };

  it('tries networks of pictures beside dense ones', async () => {
    const grid = { hidden: [HIDDEN, [{ conv: 2, kernel: 3 }], [4]], seed: [1, 2] };
    await plan({ config, grid });
    const { trials } = s3.json(KEYS.sweepPlan('s')) as SweepPlan;
    expect(trials.map(({ config: each }) => each.layers)).toEqual([
      ...Array(2).fill(JOB.layers),
      ...Array(2).fill([[3, 3, 1], { conv: 2, kernel: 3 }, 3]),
      ...Array(2).fill([9, 4, 3]),
    ]);
    expect(trials[1]!.differences).toEqual({ hidden: HIDDEN, seed: 2 });
  });

  it('draws from them at random', async () => {
    const space = { layers: [JOB.layers, [9, 4, 3]], learningRate: { min: 0.01, max: 0.1 } };
    await plan({ config, random: { samples: 9, seed: 2, space } });
    const { trials } = s3.json(KEYS.sweepPlan('s')) as SweepPlan;
    expect(new Set(trials.map((trial) => JSON.stringify(trial.config.layers)))).toEqual(
      new Set([JOB.layers, [9, 4, 3]].map((layers) => JSON.stringify(layers))),
    );
  });

  it.each<[object, string]>([
    [
      { grid: { hidden: [HIDDEN, [{ conv: 2, kernal: 3 }]] } },
      'config 1 of the sweep, {"hidden":[{"conv":2,"kernal":3}]}: config.hidden[0].kernel: got nothing, expected pixels, or [down, across] of them; config.hidden[0]: unknown "kernal"',
    ],
    [
      { grid: { hidden: [[{ conv: 2, kernel: 4 }]] } },
      'config 0 of the sweep, {"hidden":[{"conv":2,"kernel":4}]}: hidden[0].kernel: got 4×4, expected at most 3×3, the picture that arrives there',
    ],
    [{ grid: { hiden: [HIDDEN] } }, 'sweep.grid.hiden: unknown, did you mean hidden?'],
    [
      { random: { samples: 2, space: { hidden: { min: 1, max: 9 } } } },
      'sweep.random.space.hidden: got a range, expected a list of layers to try',
    ],
    [{ grid: { hidden: [HIDDEN, HIDDEN] } }, 'sweep.grid.hidden: got [{"conv":4'],
  ])('is refused for %j', async (input, message) => {
    await expect(plan({ config, ...input })).rejects.toThrow(message);
  });
});
