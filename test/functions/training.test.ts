/** The training steps one after the other on a tiny dataset, with everything that repeats or goes wrong. */
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { KEYS } from '../../functions/contract/keys.ts';
import { recordFailure } from '../../functions/record-failure/record-failure.ts';
import { startStopwatch } from '../../functions/run/stopwatch.ts';
import type { RunProgress } from '../../functions/schemas/payloads.ts';
import { readPrices } from '../../functions/schemas/prices.ts';
import { shardDataset } from '../../functions/shard-dataset/shard-dataset.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { s3WithContent } from './support/fake-s3.ts';
import { TEST_SIZE, TINY_CATALOGUE, TINY_FILES, TRAIN_SIZE } from './support/tiny-dataset.ts';
import { NOW, tinyRuns } from './support/tiny-run.ts';

const store = createS3Store('bucket');
const { prepare, manifest, start, chunk, trainToEnd, trained, promote } = tinyRuns(store);
const s3 = s3WithContent(prepare);

/** Chunks of an epoch. */
const EPOCHS = { chunkIterations: 6 };

it('shard-dataset writes shards and, last, the manifest that names them', () => {
  expect(s3.json(KEYS.manifest('tiny')).splits).toMatchObject({
    train: { size: TRAIN_SIZE, shards: [8, 8, 8, 6].map((rows) => ({ rows })) },
    test: { size: TEST_SIZE },
  });
  expect(s3.objects.keys().at(-1)).toBe(KEYS.manifest('tiny'));
});

it('shard-dataset reads each file once, whose size is known and small', async () => {
  s3.objects.delete(KEYS.manifest('tiny'));
  s3.calls.length = 0;
  await shardDataset({ store, dataset: 'tiny', catalogue: TINY_CATALOGUE, shardRows: 8 });
  const read = s3.sent(GetObjectCommand).map(({ Key }) => Key!);
  const sources = read.filter((key) => key.startsWith(KEYS.sourcesPrefix('tiny')));
  expect(sources.sort()).toEqual(
    Object.keys(TINY_FILES)
      .map((name) => KEYS.source('tiny', name))
      .sort(),
  );
});

it('shard-dataset refuses a source that was changed after its download', async () => {
  s3.objects.delete(KEYS.manifest('tiny'));
  s3.objects.damage(KEYS.source('tiny', 'train-labels'), 9);
  const sharding = shardDataset({ store, dataset: 'tiny', catalogue: TINY_CATALOGUE });
  await expect(sharding).rejects.toThrow(/train-labels has SHA-256/);
});

describe('start-run', () => {
  it('writes config, status, checkpoint 0 and its evaluation', async () => {
    const progress = await start('run');
    expect(progress).toMatchObject({ step: 0, totalSteps: 30, done: false, loss: null });
    expect(progress.evaluations).toHaveLength(1);
    expect(s3.json(KEYS.status('run'))).toMatchObject({ state: 'running', startedAt: NOW.toISOString() });
    expect(s3.json(KEYS.runConfig('run'))).toMatchObject({
      stepsPerEpoch: 6,
      chunkSteps: 30,
      saveEverySteps: 6,
      evaluateEverySteps: 6,
    });
    expect(s3.json(KEYS.metrics('run', 0))).toMatchObject({ checkpoint: progress.checkpoint });
  });

  it('is the way back in: answers with the newest checkpoint that verifies', async () => {
    const begin = () => start('run', EPOCHS);
    const first = await begin();
    const second = await chunk(first);
    const third = await chunk(second);
    expect(await begin()).toMatchObject({ step: third.step, checkpoint: third.checkpoint });
    s3.objects.damage(third.checkpoint.key, 200);
    expect(await begin()).toMatchObject({ step: second.step });
    s3.objects.delete(second.checkpoint.key);
    expect(await begin()).toMatchObject({ step: 0 });
  });

  it('keeps the time of the first start', async () => {
    await start('run');
    await start('run', {}, new Date('2026-11-25T08:00:00Z'));
    expect(s3.json(KEYS.status('run'))).toMatchObject({
      startedAt: NOW.toISOString(),
      updatedAt: '2026-11-25T08:00:00.000Z',
    });
  });

  it("refuses another config under a run's id", async () => {
    await start('run');
    await expect(start('run', { seed: 1 })).rejects.toThrow(/run run exists with another config/);
  });

  it('takes chunks that somebody asks for as they are, however many', async () => {
    await start('run', { iterations: 1_000_000, chunkIterations: 1 });
    expect(s3.json(KEYS.runConfig('run'))).toMatchObject({ chunkSteps: 1 });
  });

  it.each([
    ['run', 'run.1'],
    ['run.1', 'run.2'],
    ['run.19', 'run.20'],
  ])('called %s says how many chunks may follow, and that %s then goes on', async (executionName, next) => {
    await start('run');
    const own = { executionName, turnsPerExecution: 7 };
    const { loop } = await start('run', {}, new Date('2026-11-25T08:00:00Z'), own);
    expect(loop).toMatchObject({ turnsLeft: 7, continueAs: next, startedAt: NOW.toISOString() });
  });
});

/** One that takes no time. */
const standing = () => startStopwatch(1769, { now: () => 0 });

describe('train-chunk', () => {
  it('goes to the end in chunks, evaluating every epoch', async () => {
    const chunks = await trainToEnd(await start('run', EPOCHS));
    expect(chunks.map(({ step }) => step)).toEqual([0, 6, 12, 18, 24, 30]);
    expect(chunks.flatMap(({ evaluations }) => evaluations.map(({ step }) => step))).toEqual([
      0, 6, 12, 18, 24, 30,
    ]);
    expect(chunks.at(-1)!.evaluations[0]!.testAccuracy).toBe(1);
  });

  it('ends with the same checkpoint for any chunk size and any evaluation', async () => {
    const hashes = new Set<string>();
    for (const [runId, more] of Object.entries({
      one: { chunkIterations: 1, evaluateEvery: 4 },
      seven: { chunkIterations: 7, evaluateEvery: 30 },
      whole: { chunkIterations: 30, evaluateEvery: 1 },
    })) {
      const chunks = await trainToEnd(await start(runId, more));
      hashes.add(chunks.at(-1)!.checkpoint.sha256);
    }
    expect(hashes.size).toBe(1);
  });

  it.each([
    [5, 1],
    [6, 2],
    [145, 21],
  ])(
    'that was tried %i times before takes %i of the turns, and is charged those transitions',
    async (retries, turns) => {
      const first = await start('run');
      const { loop, runDollars } = await chunk(first, undefined, { retries, stopwatch: standing() });
      expect(loop!.turnsLeft).toBe(first.loop!.turnsLeft - turns);
      const { stateTransition, lambdaRequest } = readPrices();
      expect(runDollars - first.runDollars).toBeCloseTo(retries * stateTransition + lambdaRequest, 12);
    },
  );

  it('leaves no turns when it takes more than there are', async () => {
    const first = await start('run', {}, NOW, { turnsPerExecution: 20 });
    expect((await chunk(first, undefined, { retries: 145 })).loop!.turnsLeft).toBe(0);
  });

  it('does the same again when its answer was lost', async () => {
    const first = await start('run');
    const again = await chunk(first);
    expect(await chunk(first)).toMatchObject({ step: again.step, checkpoint: again.checkpoint });
  });

  it('stops at a step boundary when time runs short, and the run still ends with the same bytes', async () => {
    const whole = (await trainToEnd(await start('whole', { chunkIterations: 30 }))).at(-1)!;
    const first = await start('run', { chunkIterations: 30 });
    let asked = 0;
    const cut = await chunk(first, () => (++asked < 5 ? 900_000 : 1000));
    expect(cut.step).toBeGreaterThan(0);
    expect(cut.step).toBeLessThan(30);
    const end = (await trainToEnd(cut)).at(-1)!;
    expect(end.checkpoint.sha256).toBe(whole.checkpoint.sha256);
  });

  it('makes progress even when there is no time at all', async () => {
    expect((await chunk(await start('run'), () => 0)).step).toBe(1);
  });

  it('refuses a checkpoint that is not the one named, or of another step', async () => {
    const first = await start('run');
    const damaged = { ...first, checkpoint: { ...first.checkpoint, sha256: '0'.repeat(64) } };
    await expect(chunk(damaged)).rejects.toThrow(/has SHA-256 .* expected 0{64}/);
    await expect(chunk({ ...first, step: 3 })).rejects.toThrow(/is of step 0, expected 3/);
  });

  it("refuses a checkpoint of another run's config", async () => {
    const other = await start('other', { seed: 9 });
    const first = await start('run');
    await expect(chunk({ ...first, checkpoint: other.checkpoint })).rejects.toThrow(/belongs to config/);
  });
});

describe('promote-model', () => {
  it('writes the version with its lineage, then the pointer, then the status', async () => {
    const end = await trained('run');
    expect(await promote(end)).toMatchObject({ model: 'mnist', version: 1, testAccuracy: 1 });
    expect(s3.json(KEYS.version('mnist', 1))).toMatchObject({
      runId: 'run',
      step: 30,
      checkpoint: end.checkpoint,
      dataset: { name: 'tiny', manifestSha256: manifest() },
      gitRevision: 'abc',
    });
    expect(s3.json(KEYS.latest('mnist'))).toEqual({ version: 1 });
    expect(s3.json(KEYS.status('run'))).toMatchObject({ state: 'succeeded', version: 1 });
    const change = expect.stringMatching(/^run-index\/changes\/.*-succeeded_.*-running_run$/);
    const written = [KEYS.version('mnist', 1), KEYS.latest('mnist'), change, KEYS.status('run')];
    expect(s3.objects.keys().slice(-4)).toEqual(written);
  });

  it('repeated after a kill at any point gives the version of the first try', async () => {
    const end = await trained('run');
    await promote(end);
    s3.objects.delete(KEYS.latest('mnist'));
    expect(await promote(end)).toMatchObject({ version: 1 });
    const other = await promote(await trained('other', { seed: 1 }));
    expect(other.version).toBe(2);
    expect(await promote(end)).toMatchObject({ version: 1 });
    expect(s3.json(KEYS.latest('mnist'))).toMatchObject({ version: 2 });
  });

  it('gives one version to two tries at once, wherever the second begins', async () => {
    const end = await trained('run');
    s3.once(PutObjectCommand, async (_input, perform) => {
      await promote(end, new Date('2026-11-24T08:01:00Z'));
      return perform();
    });
    expect(await promote(end)).toMatchObject({ version: 1 });
    s3.objects.delete(KEYS.version('mnist', 1));
    s3.objects.delete(KEYS.latest('mnist'));
    s3.objects.delete(KEYS.status('run'));
    s3.once(ListObjectsV2Command, async (_input, perform) => {
      const page = await perform();
      await promote(end, new Date('2026-11-24T08:01:00Z'));
      return page;
    });
    expect(await promote(end)).toMatchObject({ version: 1 });
    expect(await store.list(KEYS.versionsPrefix('mnist'))).toHaveLength(1);
  });

  it('gives one that is tried again its number though clocks have jumped and others came between', async () => {
    const [ahead, right, behind] = [await trained('a'), await trained('b', { seed: 1 }), await trained('c')];
    const at = async (end: RunProgress, time: string) => (await promote(end, new Date(time))).version;
    expect(await at(ahead, '2030-01-01')).toBe(1);
    expect(await at(right, '2026-01-01')).toBe(2);
    expect(await at(behind, '1999-01-01')).toBe(3);
    expect(await at(ahead, '2026-01-02')).toBe(1);
    expect(await at(right, '2040-01-01')).toBe(2);
  });

  it('promotes nothing whose metrics are of another checkpoint', async () => {
    const end = await trained('run');
    const key = KEYS.metrics('run', 30);
    const text = Buffer.from(s3.objects.get(key)!.body).toString();
    s3.objects.set(key, { body: Buffer.from(text.replace(end.checkpoint.sha256, '0'.repeat(64))) });
    await expect(promote(end)).rejects.toThrow(/is of the checkpoint with SHA-256 0{64}, expected/);
  });

  it('gives two runs at once two versions, and serves the higher', async () => {
    const ends = [await trained('a'), await trained('b', { seed: 1 }), await trained('c', { seed: 2 })];
    const versions = await Promise.all(ends.map((end) => promote(end)));
    expect(versions.map(({ version }) => version).sort()).toEqual([1, 2, 3]);
    expect(s3.json(KEYS.latest('mnist'))).toMatchObject({ version: 3 });
  });

  it('promotes nothing that was not evaluated', async () => {
    const cut = await chunk(await start('run', { chunkIterations: 4 }));
    await expect(promote(cut)).rejects.toThrow(/not evaluated at step 4/);
    expect(s3.objects.has(KEYS.latest('mnist'))).toBe(false);
  });

  it('promotes nothing whose bytes were changed', async () => {
    const end = await trained('run');
    s3.objects.damage(end.checkpoint.key, 300);
    await expect(promote(end)).rejects.toThrow(/SHA-256/);
    expect(s3.objects.has(KEYS.version('mnist', 1))).toBe(false);
  });
});

describe('record-failure', () => {
  const record = (cause: string, runId = 'run') =>
    recordFailure({ store, runId, error: 'States.Timeout', cause, now: NOW });

  it.each([
    ['the message in it', '{"errorType":"E","errorMessage":"no mirror"}', 'no mirror'],
    ['plain text', 'timed out', 'timed out'],
    ['nothing', '', 'no reason was given'],
    ['no message', '{"errorMessage":""}', 'no reason was given'],
    ['other JSON', '{"a":1}', '{"a":1}'],
    ['null', 'null', 'null'],
    ['broken JSON', '{broken', '{broken'],
    ['much text', 'x'.repeat(30_000), 'x'.repeat(4000)],
  ])('reads %s as a cause, also of a run that never started', async (_name, cause, reason) => {
    expect(await record(cause)).toMatchObject({ cause: reason });
    expect(s3.json(KEYS.status('run'))).toMatchObject({ state: 'failed', error: 'States.Timeout', reason });
  });

  it('leaves a run that succeeded as it is: its model is in use', async () => {
    await promote(await trained('run'));
    await record('a repetition failed');
    expect(s3.json(KEYS.status('run'))).toMatchObject({ state: 'succeeded', version: 1 });
  });
});
