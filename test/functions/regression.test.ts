/** A regression through the steps: its figures, when it stops by itself, and when it may serve. */
import { describe, expect, it } from 'vitest';
import { encodeShard } from '../../core/ingest/shard.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { modelVersion, runConfig, runStatus, stepMetrics } from '../../functions/schemas/documents.ts';
import { encodeJson } from '../../functions/store/json.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { sha256 } from '../../functions/store/sha256.ts';
import { s3WithContent } from './support/fake-s3.ts';
import { runsOver } from './support/tiny-run.ts';

const store = createS3Store('bucket');

/** t = x0 - 2·x1 with x in quarters, float32 shards of 16 rows. */
async function storeSplit(split: 'train' | 'test', size: number) {
  const shards = [];
  for (let start = 0; start < size; start += 16) {
    const rows = Math.min(16, size - start);
    const x = Float32Array.from(
      { length: 2 * rows },
      (_, at) => (((start + (at >> 1)) * (at % 2 === 0 ? 3 : 5)) % 8) / 4 - 1,
    );
    const targets = Float32Array.from({ length: rows }, (_, n) => x[2 * n]! - 2 * x[2 * n + 1]!);
    const bytes = encodeShard(x, targets, 1);
    const key = KEYS.shard('line', split, shards.length);
    await store.createImmutable(key, bytes);
    shards.push({ key, sha256: sha256(bytes), rows });
  }
  return { size, shards };
}

const BASE = {
  dataset: 'line',
  layers: [2, 1],
  output: 'identity',
  loss: 'meanSquaredError',
  weightInit: { kind: 'normal', std: 0.1 },
  batchSize: 8,
  iterations: 60,
  learningRate: 0.1,
  model: 'line',
};
const { prepare, trained, promote } = runsOver(store, BASE, async () => {
  const manifest = encodeJson({
    formatVersion: 2,
    name: 'line',
    definition: '0'.repeat(64),
    shards: 'f32',
    inputShape: [2],
    targets: ['t'],
    splits: { train: await storeSplit('train', 40), test: await storeSplit('test', 20) },
    sources: {},
  });
  await store.createImmutable(KEYS.manifest('line'), manifest);
  return sha256(manifest);
});

const s3 = s3WithContent(prepare);
const promoted = async (runId: string, more: object) => promote(await trained(runId, more));

describe.each(['withReplacement', 'shuffle', 'shardShuffle'])('a regression with %s', (sampling) => {
  it('has losses and errors for figures, and a version that names them', async () => {
    const outcome = await promoted('run', { sampling });
    const metrics = stepMetrics.parse(s3.json(KEYS.metrics('run', 60)));
    expect(metrics).toMatchObject({ trainAccuracy: null, testAccuracy: null, testCost: null });
    // The target is linear: it can be had exactly, and is nearly.
    expect(metrics.testLoss).toBeLessThan(0.01);
    const { rmse, r2 } = metrics.outputs![0]!;
    expect(rmse).toBeCloseTo(Math.sqrt(2 * metrics.testLoss!), 12);
    expect(r2).toBeGreaterThan(0.99);
    expect(outcome).toMatchObject({ testAccuracy: null, testLoss: metrics.testLoss, promoted: true });
    const { loss, trainLoss, testLoss, outputs } = metrics;
    expect(modelVersion.parse(s3.json(KEYS.version('line', 1))).metrics).toEqual({
      loss,
      trainLoss,
      testLoss,
      outputs,
      trainAccuracy: null,
      testAccuracy: null,
      testCost: null,
    });
  });
});

it('with hidden layers alone is the run whose config has all sizes', async () => {
  const [own, whole] = [
    { runId: 'open', layers: [0, 3, 0] },
    { runId: 'whole', layers: [2, 3, 1] },
  ];
  for (const { runId, layers } of [own, whole]) await trained(runId, { layers });
  const configOf = (runId: string) => ({ ...runConfig.parse(s3.json(KEYS.runConfig(runId))), runId: '' });
  expect(configOf('open')).toEqual(configOf('whole'));
  const weightsOf = (runId: string) => stepMetrics.parse(s3.json(KEYS.metrics(runId, 60))).checkpoint!.sha256;
  expect(weightsOf('open')).toBe(weightsOf('whole'));
});

describe('what decides over a regression', () => {
  it('is the loss on the test set, where the config names nothing', async () => {
    // Too fast to come nearer after some time.
    const stopping = { earlyStopping: { patience: 2, minDelta: 0.001 }, iterations: 500 };
    const end = await trained('run', stopping);
    expect(end.step).toBeLessThan(300);
    expect(end.best!.value).toBe(stepMetrics.parse(s3.json(KEYS.metrics('run', end.step))).testLoss);
  });

  it('keeps a worse one from serving', async () => {
    await promoted('good', {});
    const outcome = await promoted('bad', { iterations: 1, promotion: { tolerance: 0.01 } });
    expect(outcome).toMatchObject({ promoted: false, version: 2 });
    expect(outcome.reason).toMatch(/^testLoss .* is worse than the .* of version 1, which serves/);
    expect(runStatus.parse(s3.json(KEYS.status('bad')))).toMatchObject({ promoted: false });
    expect(await promoted('again', { seed: 1, promotion: { tolerance: 0.01 } })).toMatchObject({
      promoted: true,
    });
  });

  it.each([
    [{ promotion: { metric: 'testAccuracy' } }, 'promotion.metric: got testAccuracy, expected testLoss'],
    [{ output: 'softmax', loss: 'crossEntropy' }, 'output: got softmax, expected identity'],
    [{ layers: [2, 2] }, 'layers[1]: got 2, expected 1, the targets of dataset line'],
  ])('refuses %j', async (more, message) => {
    await expect(trained('run', more)).rejects.toThrow(message);
  });
});
