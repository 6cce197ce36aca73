/** The steps of a sweep one after the other: what is planned, how runs are ranked, who goes on, what it may cost. */
import { describe, expect, it } from 'vitest';
import { collectSweep } from '../../functions/collect-sweep/collect-sweep.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { planSweep } from '../../functions/plan-sweep/plan-sweep.ts';
import { endSweepRun, promoteModel } from '../../functions/promote-model/promote-model.ts';
import { recordFailure } from '../../functions/record-failure/record-failure.ts';
import { startStopwatch } from '../../functions/run/stopwatch.ts';
import { leastSweepRun } from '../../functions/run/sweep-budget.ts';
import type { RunConfig, StepMetrics } from '../../functions/schemas/documents.ts';
import type { RunProgress } from '../../functions/schemas/payloads.ts';
import { readPrices } from '../../functions/schemas/prices.ts';
import type { Leaderboard, SweepPlan, SweepRun, SweepRung } from '../../functions/schemas/sweep.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { s3WithContent } from './support/fake-s3.ts';
import { TINY_CATALOGUE, TINY_CONFIG } from './support/tiny-dataset.ts';
import { NOW, tinyRuns } from './support/tiny-run.ts';

const prices = readPrices();
const store = createS3Store('bucket');
const { prepare, start, chunk } = tinyRuns(store);
const s3 = s3WithContent(prepare);
const CONFIG = { ...TINY_CONFIG, evaluateEvery: 10 };
const RATES = { learningRate: [0.001, 0.5, 0.002, 0.003] };

const plan = (input: object, sweepId = 's') =>
  planSweep({ store, sweepId, input: { config: CONFIG, ...input }, prices, catalogue: TINY_CATALOGUE });
const collect = (rung = 0, sweepId = 's') => collectSweep({ store, sweepId, rung, prices, now: NOW });
const planned = (sweepId = 's') => s3.json(KEYS.sweepPlan(sweepId)) as SweepPlan;
const runsIn = (rung = 0, sweepId = 's') => s3.json(KEYS.sweepRuns(sweepId, rung)) as unknown as SweepRun[];
const board = () => s3.json(KEYS.sweepLeaderboard('s')) as Leaderboard;
const differences = async (input: object) => {
  await plan(input);
  return planned().trials.map((trial) => trial.differences);
};

/** Milliseconds that anything takes which looks at the clock. */
let tick = 1;
/** Runs an item of the Map as its states do. */
async function train({ runId, config, sweep, continueFrom }: SweepRun): Promise<RunProgress> {
  let ms = 0;
  const stopwatch = () => startStopwatch(1024, { now: () => (ms += tick), prices, transitions: 2 });
  let progress = await start(runId, config, NOW, { sweep, continueFrom, stopwatch: stopwatch() });
  while (!progress.done) progress = await chunk(progress, undefined, { stopwatch: stopwatch() });
  await endSweepRun({ ...progress, store, now: NOW }, sweep.id);
  return progress;
}
/** Trains all rungs. @returns the last one, and what each ended with */
async function trainAll(): Promise<{ rung: SweepRung; ends: RunProgress[][] }> {
  const ends = [await trainRung(0)];
  let rung = await collect();
  for (; !rung.done; rung = await collect(rung.rung)) ends.push(await trainRung(rung.rung));
  return { rung, ends };
}
async function trainRung(rung: number): Promise<RunProgress[]> {
  const ends: RunProgress[] = [];
  for (const run of runsIn(rung)) ends.push(await train(run));
  return ends;
}
const fail = (runId: string) =>
  recordFailure({ store, runId, error: 'TrainingDivergedError', cause: 'no number', now: NOW });

describe('a plan', () => {
  it('of a grid has every combination, the last field changing first', async () => {
    const grid = { optimizer: ['sgd', 'adam'], seed: [1, 2, 3] };
    expect(await differences({ grid })).toEqual(
      ['sgd', 'adam'].flatMap((optimizer) => [1, 2, 3].map((seed) => ({ optimizer, seed }))),
    );
    expect(runsIn().map(({ runId }) => runId)).toEqual([0, 1, 2, 3, 4, 5].map((trial) => `s-000${trial}`));
    expect(runsIn()[4]).toMatchObject({
      config: { optimizer: 'adam', seed: 2, learningRate: 0.5 },
      sweep: { id: 's', trial: 4, rung: 0 },
      continueFrom: null,
    });
  });

  it('compares ways to augment pictures, and none', async () => {
    const layers = [[[3, 3, 1], 4, 3]];
    const augmentation = [{}, { shift: 0.5, elastic: { alpha: 2, sigma: 1 } }];
    await plan({ grid: { layers, augmentation } });
    const [none, some] = [await train(runsIn()[0]!), await train(runsIn()[1]!)];
    expect(runsIn()[1]!.config).toMatchObject({ layers: layers[0], augmentation: augmentation[1] });
    expect(none.checkpoint.sha256).not.toBe(some.checkpoint.sha256);
  });

  it('of a random sample is the same for the same seed, in whatever order its fields are named', async () => {
    const space = {
      learningRate: { min: 0.001, max: 1, log: true },
      batchSize: { min: 1, max: 10, integer: true },
      weightDecay: { min: 0, max: 0.1 },
      activation: ['sigmoid', 'relu'],
    };
    const sample = (seed: number, more = space) =>
      differences({ random: { samples: 60, seed, space: more } });
    const first = await sample(3);
    expect(first).toHaveLength(60);
    expect(new Set(first.map((trial) => JSON.stringify(trial))).size).toBe(60);
    const rates = first.map(({ learningRate }) => Number(learningRate));
    // Of sixty draws each of the ten is among them, the first and the last, too.
    expect(new Set(first.map(({ batchSize }) => batchSize))).toEqual(
      new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    );
    // Half of the decades are below the middle one.
    expect(rates.filter((rate) => rate < 0.0316).length).toBeGreaterThan(20);
    expect(rates.filter((rate) => rate > 0.0316).length).toBeGreaterThan(20);
    for (const { learningRate, batchSize, weightDecay } of first) {
      expect(learningRate).toBeGreaterThanOrEqual(0.001);
      expect(learningRate).toBeLessThanOrEqual(1);
      expect(batchSize).toBe(Math.round(Number(batchSize)));
      expect(weightDecay).toBeLessThanOrEqual(0.1);
    }
    s3.objects.delete(KEYS.sweepPlan('s'));
    s3.objects.delete(KEYS.sweepRuns('s', 0));
    const other = Object.fromEntries(Object.entries(space).reverse()) as typeof space;
    expect(await sample(3, other)).toEqual(first);
    s3.objects.delete(KEYS.sweepPlan('s'));
    s3.objects.delete(KEYS.sweepRuns('s', 0));
    expect(await sample(4)).not.toEqual(first);
  });

  it('stays as it was first made', async () => {
    const first = await plan({ grid: RATES });
    expect(await plan({ grid: RATES })).toEqual(first);
    await expect(plan({ grid: { seed: [1] } })).resolves.toMatchObject({ rung: { runs: 4 } });
    expect(planned().trials).toHaveLength(4);
  });

  it('halves the runs as it makes them longer', async () => {
    const rungs = async (runs: number, halving: object) => {
      const seed = Array.from({ length: runs }, (_, each) => each);
      const sweepId = `s${runs}${JSON.stringify(halving).replace(/\W/g, '')}`;
      await plan({ grid: { seed }, halving }, sweepId);
      return planned(sweepId).rungs.map((rung) => [rung.runs, rung.iterations]);
    };
    expect(await rungs(9, { firstIterations: 3 })).toEqual([
      [9, 3],
      [3, 9],
      [1, 30],
    ]);
    expect(await rungs(9, { firstIterations: 10, eta: 2 })).toEqual([
      [9, 10],
      [4, 20],
      [2, 30],
    ]);
    expect(await rungs(2, { firstIterations: 1, eta: 4 })).toEqual([
      [2, 1],
      [1, 30],
    ]);
  });

  async function expectRefused(input: object, message: string) {
    await expect(plan(input)).rejects.toThrow(message);
    expect(s3.objects.keys().filter((key) => key.startsWith('sweeps/'))).toEqual([]);
  }
  const count = (to: number) => Array.from({ length: to }, (_, n) => n + 1);

  it.each<[object, string]>([
    [{}, 'expected either grid or random'],
    [{ grids: {} }, 'sweep: unknown "grids", known are config, grid'],
    [{ grid: { learningrate: [1] } }, 'sweep.grid.learningrate: unknown, did you mean learningRate?'],
    [{ grid: {} }, 'sweep.grid: got no fields'],
    [{ grid: { seed: [] } }, 'sweep.grid.seed: got [], expected at least 1 entries'],
    [{ grid: { dataset: ['a', 'b'] } }, 'sweep.grid.dataset: runs on different data'],
    [{ grid: { maxDollars: [1] } }, "sweep.grid.maxDollars: the runs share the sweep's"],
    [{ grid: { workers: [1, 2] } }, 'sweep.grid.workers: the runs of a sweep train beside'],
    [{ grid: { seed: [1, 2, 1] } }, 'sweep.grid.seed: got 1 twice'],
    [{ grid: { seed: [[[[[[[[[[1]]]]]]]]]] } }, 'sweep.grid.seed[0]: got [[[…]]], expected at most 8'],
    [{ grid: { seed: count(40), batchSize: count(30) } }, 'got 1200 combinations, expected at most 1000'],
    [{ grid: { loss: ['crossEntropy'] }, metric: 'testLoss' }, 'different losses cannot be compared'],
    [{ grid: { learningRate: [1, -1] } }, 'config 1 of the sweep, {"learningRate":-1}: config.learningRate'],
    [{ grid: { output: ['identity'] } }, 'config 0 of the sweep, {"output":"identity"}: config.loss'],
    [
      { grid: RATES, maxDollars: 0.0001 },
      `sweep.maxDollars: got 0.0001, expected at least ${(4 * leastSweepRun(prices)).toFixed(6)}`,
    ],
  ])('of %j is refused, and nothing is written', expectRefused);

  it.each<[object, string]>([
    [{ samples: 1, space: { model: ['a'] } }, 'sweep.random.space.model: a sweep promotes one'],
    [{ samples: 3, space: { seed: [1, 2] } }, 'seems to have only 2 different'],
    [{ samples: 3, space: { seed: { min: 2, max: 1 } } }, 'expected min below max'],
    [{ samples: 3, space: { seed: { min: 0, max: 1, log: true } } }, 'expected min above 0'],
  ])('of the random sample %j is refused', (random, message) => expectRefused({ random }, message));

  it.each<[object, object, string]>([
    [{ layers: [4, 3] }, RATES, 'layers[0]: got 4, expected 9'],
    [{ epochs: 1, iterations: undefined }, { iterations: [1] }, 'sweep.config.epochs is given'],
    [
      { workers: 2 },
      RATES,
      'sweep.config.workers: got 2, expected nothing: a sweep trains its runs at once, each of them in chunks',
    ],
  ])('of runs with %j over %j is refused', (more, grid, message) =>
    expectRefused({ config: { ...CONFIG, ...more }, grid }, message),
  );

  it.each<[object, object, number, string]>([
    [{ epochs: 1, iterations: undefined }, RATES, 2, 'give iterations in the config, not epochs'],
    [{ earlyStopping: {} }, RATES, 2, 'leave earlyStopping out'],
    [{}, { iterations: [1, 2] }, 1, 'iterations cannot differ'],
    [{}, { learningRateSchedule: [{ kind: 'cosine', final: 0 }] }, 2, "depends on a run's length"],
    [{}, RATES, 30, 'sweep.halving.firstIterations: got 30, expected fewer than'],
  ])(
    'of runs with %j over %j, halved from %i iterations on, is refused',
    (more, grid, firstIterations, message) =>
      expectRefused({ config: { ...CONFIG, ...more }, grid, halving: { firstIterations } }, message),
  );
});

describe('the leaderboard', () => {
  it('ranks by the metric, with equals by their plan, and failures last with their reason', async () => {
    // The seed of the sampling alone differs where there is but one batch of all samples: equal figures.
    await plan({ grid: { ...RATES, backend: ['wasm', 'reference'] }, maxDollars: 5 });
    const runs = runsIn();
    for (const run of runs) if (run.sweep.trial < 6) await train(run);
    await fail(runs[6]!.runId);
    // The last one's execution was stopped.
    await start(runs[7]!.runId, runs[7]!.config, NOW, runs[7]!);
    const rung = await collect();
    expect(rung).toMatchObject({ rung: 0, done: true, best: { runId: 's-0002', step: 30, stopped: null } });
    const { entries, metric, dollars, maxDollars, stopped } = board();
    expect({ metric, maxDollars, stopped }).toEqual({ metric: 'testAccuracy', maxDollars: 5, stopped: null });
    expect(entries.slice(0, 2)).toMatchObject([
      {
        rank: 1,
        trial: 2,
        differences: { learningRate: 0.5, backend: 'wasm' },
        value: 1,
        state: 'succeeded',
      },
      { rank: 1, trial: 3, differences: { learningRate: 0.5, backend: 'reference' }, value: 1 },
    ]);
    expect(entries[2]!.rank).toBe(3);
    expect(entries.slice(6)).toMatchObject([
      { rank: null, trial: 6, state: 'failed', value: null, reason: 'TrainingDivergedError: no number' },
      { rank: null, trial: 7, state: 'failed', reason: 'RunAborted: its execution ended before the run did' },
    ]);
    expect(s3.json(KEYS.status('s-0007'))).toMatchObject({ state: 'failed', error: 'RunAborted' });
    const last = (runId: string) => {
      const key = s3.objects.keys().findLast((each) => each.startsWith(KEYS.metricsPrefix(runId)));
      return key === undefined ? 0 : (s3.json(key) as StepMetrics).timing.runDollars;
    };
    expect(dollars).toBeCloseTo(
      runs.reduce((sum, { runId }) => sum + last(runId), 0),
      12,
    );
    expect(entries.reduce((sum, entry) => sum + entry.dollars, 0)).toBeCloseTo(dollars, 12);
    // Repeated, also after somebody has trained on.
    await train(runs[7]!);
    expect(await collect()).toEqual(rung);
  });

  it('by a loss has the smallest first', async () => {
    await plan({ grid: RATES, metric: 'testLoss' });
    await trainRung(0);
    await collect();
    const values = board().entries.map(({ value }) => value!);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(board().entries[0]!.trial).toBe(1);
  });

  it('with nobody on it fails the sweep, and says why the first one failed', async () => {
    await plan({ grid: RATES });
    for (const { runId } of runsIn()) await fail(runId);
    const message = 'sweep s: none of its 4 runs can be promoted; s-0000: TrainingDivergedError: no number';
    await expect(collect()).rejects.toThrow(message);
    expect(board()).toMatchObject({ best: null, metric: null });
    await expect(collect()).rejects.toThrow(message);
  });
});

describe('the runs of a sweep', () => {
  it('end without a version, and the best of them gets one as its sweep promotes it', async () => {
    await plan({ grid: RATES, model: 'swept' });
    await trainRung(0);
    const status = s3.json(KEYS.status('s-0001'));
    expect(status).toMatchObject({ state: 'succeeded', ended: { step: 30 } });
    expect(status).not.toHaveProperty('version');
    expect((s3.json(KEYS.runConfig('s-0001')) as RunConfig).sweep).toEqual({ id: 's', trial: 1, rung: 0 });
    const { best } = await collect();
    const request = { ...best!, store, gitRevision: 'abc', now: NOW };
    await expect(promoteModel({ ...request, sweep: 'other' })).rejects.toThrow(
      'run s-0001 is none of sweep other',
    );
    expect(await promoteModel({ ...request, sweep: 's' })).toMatchObject({
      model: 'swept',
      version: 1,
      promoted: true,
    });
    // A late repetition of the run's own end.
    await endSweepRun({ ...request }, 's');
    expect(s3.json(KEYS.status('s-0001'))).toMatchObject({ version: 1, ended: { step: 30 } });
  });

  it('have chunks that fit into one execution', async () => {
    await plan({ config: { ...CONFIG, chunkIterations: 1 }, grid: RATES });
    const [run] = runsIn();
    await start(run!.runId, run!.config, NOW, { ...run!, turnsPerExecution: 7 });
    expect(s3.json(KEYS.runConfig(run!.runId))).toMatchObject({ chunkSteps: 5, totalSteps: 30 });
  });

  it('go on from rung to rung, and the last one is the run that nobody interrupted', async () => {
    await plan({ grid: RATES, halving: { firstIterations: 5, eta: 2 } });
    const { rung, ends } = await trainAll();
    expect(ends.map(({ length }) => length)).toEqual([4, 2, 1]);
    expect(rung.best).toMatchObject({ runId: 's-0001-r2', step: 30 });
    expect(s3.json(KEYS.runConfig('s-0001-r1'))).toMatchObject({
      totalSteps: 10,
      continueFrom: { runId: 's-0001', step: 5 },
    });
    let alone = await start('alone', { ...CONFIG, learningRate: 0.5 });
    while (!alone.done) alone = await chunk(alone);
    expect(rung.best!.checkpoint.sha256).toBe(alone.checkpoint.sha256);
    const { entries } = board();
    expect(entries.map((entry) => entry.rung)).toEqual([2, 1, 0, 0]);
    const [first] = entries;
    expect(first!.dollars).toBeGreaterThan(
      (s3.json(KEYS.metrics('s-0001-r2', 30)) as StepMetrics).timing.runDollars,
    );
  });

  it('go on with whoever is left, and a config that fails later keeps what it had', async () => {
    await plan({ grid: RATES, halving: { firstIterations: 5, eta: 2 } });
    const [a, b, c, d] = runsIn();
    await train(a!);
    await train(b!);
    for (const { runId } of [c!, d!]) await fail(runId);
    expect(await collect(0)).toMatchObject({ rung: 1, runs: 2 });
    for (const { runId } of runsIn(1)) await fail(runId);
    const [{ runId, step }, { sweep }] = [runsIn(1)[0]!.continueFrom!, runsIn(1)[0]!];
    expect(await collect(1)).toMatchObject({ done: true, best: { runId, step } });
    expect(board().entries[0]).toMatchObject({
      trial: sweep.trial,
      runId,
      state: 'succeeded',
      reason: 'TrainingDivergedError: no number',
    });
  });

  it('go on from no other training', async () => {
    await plan({ grid: RATES });
    const ends = await trainRung(0);
    const { runId, step, checkpoint } = ends[0]!;
    const next = { sweep: { id: 's', trial: 1, rung: 1 }, continueFrom: { runId, step, checkpoint } };
    const other = start('other', { ...CONFIG, learningRate: 0.9 }, NOW, next);
    await expect(other).rejects.toThrow(
      'continueFrom: got run s-0000, whose config or data lead to other weights',
    );
    const shorter = start('shorter', { ...CONFIG, learningRate: 0.001, iterations: 20 }, NOW, next);
    await expect(shorter).rejects.toThrow('continueFrom: got step 30 of run s-0000, expected at most 20');
  });

  it.each([
    ['one rung', 0.02, undefined],
    ['several rungs', 0.006, { firstIterations: 100, eta: 2 }],
  ])('of %s share one cap, which they keep to', async (_what, maxDollars, halving) => {
    tick = 100;
    const config = { ...CONFIG, iterations: 2000, evaluateEvery: 100, chunkIterations: 100 };
    await plan({ config, grid: RATES, maxDollars, halving });
    const { ends } = await trainAll();
    for (const rung of ends.keys()) {
      expect(new Set(runsIn(rung).map((run) => run.config.maxDollars!)).size).toBe(1);
    }
    tick = 1;
    const { dollars, entries, stopped } = board();
    expect(dollars).toBeLessThanOrEqual(maxDollars);
    expect(dollars).toBeGreaterThan(maxDollars / 2);
    expect([stopped, ...entries.map((entry) => entry.stopped)].join()).toContain('maxDollars');
  });
});
