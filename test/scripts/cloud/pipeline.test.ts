/** The whole way from the mirror to a prediction: the real assembly, the real MNIST, on the local cloud. */
import type { DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from 'vitest';
import { datasetFromShards } from '../../../core/ingest/dataset.ts';
import { decodeShard } from '../../../core/ingest/shard.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { Trainer } from '../../../core/training/trainer.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { along } from '../../../functions/contract/states.ts';
import { getVersion } from '../../../functions/models/versions.ts';
import { datasetManifest } from '../../../functions/schemas/dataset.ts';
import {
  latestModel,
  modelVersion,
  runConfig,
  runStatus,
  stepMetrics,
} from '../../../functions/schemas/documents.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import { getDocument } from '../../../functions/store/verified.ts';
import { firstTestImage } from '../../../scripts/commands/example.ts';
import { proofOnly } from '../../support/needs.ts';
import { type Edit, useCloud } from '../../support/test-cloud.ts';

const RUN = 'first';
const CONFIG = { iterations: 60, chunkIterations: 20, evaluateEvery: 60, learningRate: 0.5, seed: 7 };
/** SHA-256 of the uncompressed files, as published with the dataset's copies. */
const MNIST = {
  'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
};
const MANIFEST = 'fba3189fc4f31d06d3164a30ab3caf1173bb06890e90d4cfd8680237f237423e';

const app = useCloud();
const run = (name: string, input: object) => app.execute('stateMachine', name, input);

let first: DescribeExecutionCommandOutput;
beforeAll(async () => {
  first = await run(RUN, CONFIG);
});

describe('a run', () => {
  it('goes through the states of the machine, each of which calls its function', async () => {
    expect(first).toMatchObject({ status: 'SUCCEEDED' });
    const events = await app.history(first.executionArn);
    expect(await app.entered(first.executionArn)).toEqual([
      'ValidateConfig',
      'ShardDataset',
      'StartRun',
      'TrainingDone',
      'TrainChunk',
      'TrainingDone',
      'TrainChunk',
      'TrainingDone',
      'PromoteModel',
    ]);
    expect(events.filter(({ type }) => type === 'LambdaFunctionFailed')).toEqual([]);
    expect(app.statsOf('ShardDataset').invocations).toBe(1);
    expect(app.statsOf('DownloadDataset').invocations).toBe(0);
    expect(app.statsOf('TrainChunk').invocations).toBe(2);
    expect(app.statsOf('RecordFailure').invocations).toBe(0);
    // The plan that keeps long runs below the history's limit counts on this.
    const chunks = events.filter(
      ({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === 'TrainChunk',
    );
    expect(chunks[1]!.id! - chunks[0]!.id!).toBe(along('turn').events);
  });

  it('leaves every object where the contract says, and nothing else', async () => {
    const manifest = await getDocument(app.store, datasetManifest, KEYS.manifest('mnist'));
    const { train, test } = manifest.splits;
    expect(train.size).toBe(60_000);
    expect(test.size).toBe(10_000);
    const expected = [
      ...Object.keys(MNIST).map((file) => KEYS.source('mnist', file)),
      KEYS.manifest('mnist'),
      ...train.shards.map((_, index) => KEYS.shard('mnist', 'train', index)),
      ...test.shards.map((_, index) => KEYS.shard('mnist', 'test', index)),
      KEYS.runConfig(RUN),
      KEYS.status(RUN),
      ...[0, 20, 40, 60].map((step) => KEYS.checkpoint(RUN, step)),
      ...[0, 20, 40, 60].map((step) => KEYS.metrics(RUN, step)),
      KEYS.version('mnist', 1),
      KEYS.claim('mnist', RUN, (await getVersion(app.store, 'mnist', 1)).checkpoint.sha256),
      KEYS.latest('mnist'),
      KEYS.runIndex,
    ];
    const keys = await app.store.list('');
    const isChange = (key: string) => key.startsWith(KEYS.runChangesPrefix);
    expect(keys.filter((key) => !isChange(key))).toEqual(expected.sort());
    const changes = keys.filter(isChange).map((key) => key.replace(/\d{4}-\d\d-\d\dT[^Z]+Z/g, 'TIME'));
    expect(changes).toEqual([
      KEYS.runChange(1, `TIME-running_none_${RUN}`),
      KEYS.runChange(1, `TIME-succeeded_TIME-running_${RUN}`),
    ]);
  });

  it('has downloaded the real files, and shards that are what the manifest says', async () => {
    const manifest = await getDocument(app.store, datasetManifest, KEYS.manifest('mnist'));
    expect(manifest.sources).toEqual(MNIST);
    // What its runs are compared by, as it has been since the first release.
    expect(sha256(await app.read(KEYS.manifest('mnist')))).toBe(MANIFEST);
    for (const [file, digest] of Object.entries(MNIST)) {
      expect(sha256(await app.read(KEYS.source('mnist', file))), file).toBe(digest);
    }
    for (const { key, sha256: digest } of [...manifest.splits.train.shards, ...manifest.splits.test.shards]) {
      expect(sha256(await app.read(key)), key).toBe(digest);
    }
  });

  it('succeeded, and says so', async () => {
    expect(await getDocument(app.store, runStatus, KEYS.status(RUN))).toMatchObject({
      state: 'succeeded',
      totalSteps: 60,
      model: 'mnist',
      version: 1,
    });
    const output = JSON.parse(first.output!) as object;
    expect(output).toMatchObject({ runId: RUN, step: 60, model: 'mnist', version: 1 });
  });

  it('is followed from latest.json over the version to its checkpoint by SHA-256', async () => {
    const { version } = await getDocument(app.store, latestModel, KEYS.latest('mnist'));
    const document = await getDocument(app.store, modelVersion, KEYS.version('mnist', version));
    const plan = await getDocument(app.store, runConfig, KEYS.runConfig(RUN));
    expect(document).toMatchObject({
      model: 'mnist',
      version: 1,
      runId: RUN,
      step: 60,
      checkpoint: { key: KEYS.checkpoint(RUN, 60) },
      config: { ...CONFIG, batchSize: 100, layers: [784, 50, 10] },
      dataset: { name: 'mnist', manifestSha256: sha256(await app.read(KEYS.manifest('mnist'))) },
      gitRevision: expect.stringMatching(/^([0-9a-f]{40}|unknown)$/),
    });
    const bytes = await app.read(document.checkpoint.key);
    expect(sha256(bytes)).toBe(document.checkpoint.sha256);
    expect(bytes.length).toBe(document.checkpoint.bytes);
    expect(decodeCheckpoint(bytes)).toMatchObject({ step: 60, configHash: plan.configHash });
    expect(plan.config).toEqual(document.config);
  });

  it('was evaluated where the config says, and learned', async () => {
    const metrics = await Promise.all(
      [0, 20, 40, 60].map(async (step) => await getDocument(app.store, stepMetrics, KEYS.metrics(RUN, step))),
    );
    expect(metrics.map(({ testAccuracy }) => testAccuracy !== null)).toEqual([true, false, false, true]);
    expect(metrics[3]!.testAccuracy).toBeGreaterThan(metrics[0]!.testAccuracy! + 0.3);
    for (const { step, checkpoint } of metrics) {
      expect(sha256(await app.read(KEYS.checkpoint(RUN, step)))).toBe(checkpoint!.sha256);
    }
  });
});

describe('the endpoint', () => {
  const post = (body: RequestInit['body'], headers = { 'content-type': 'application/json' }) =>
    fetch(`${app.http}/predict`, { method: 'POST', headers, body: body ?? null });

  it('answers the raw pixels of test image 0 with ten probabilities and the model version', async () => {
    const response = await post(JSON.stringify({ pixels: firstTestImage().pixels }));
    expect(response.status).toBe(200);
    const answer = (await response.json()) as { class: number; probabilities: number[] };
    expect(answer).toMatchObject({ model: 'mnist', version: 1 });
    expect(answer.probabilities).toHaveLength(10);
    for (const probability of answer.probabilities) expect(probability).toBeGreaterThan(0);
    expect(Math.abs(answer.probabilities.reduce((a, b) => a + b) - 1)).toBeLessThan(1e-6);
    expect(answer.probabilities[answer.class]).toBe(Math.max(...answer.probabilities));
  });

  it.each<[string, string, string, RegExp]>([
    ['a number out of range', `{"pixels":[256${',0'.repeat(783)}]}`, 'pixels[0]', /256.*0 to 255/],
    ['11 MB', JSON.stringify({ pixels: '0'.repeat(11e6) }), 'body', /at most \d+/],
  ])('refuses %s, naming field and limit', async (_, body, field, message) => {
    const response = await post(body);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    const answer = (await response.json()) as { error: string; field: string };
    expect(answer.field).toBe(field);
    expect(answer.error).toMatch(message);
    expect(answer.error).toContain(field);
  });

  const get = async (path: string) => {
    const response = await app.ask(path);
    // biome-ignore lint/suspicious/noExplicitAny: JSON that the tests look into
    return { status: response.status, answer: (await response.json()) as any };
  };

  it('says itself what is no route of it', async () => {
    expect(await get('/nothing')).toMatchObject({ status: 404, answer: { field: 'path' } });
    expect(await get('/predict')).toMatchObject({ status: 405, answer: { field: 'method' } });
    expect(Object.keys((await get('/v2/nothing')).answer)).toEqual(['error']);
  });
});

describe('a config that makes no sense', () => {
  it('fails the execution before any download, naming the field, and the status says why', async () => {
    const downloads = app.statsOf('ShardDataset').invocations;
    const execution = await run('wrong', { ...CONFIG, learningRate: -1 });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'ConfigError' });
    expect(execution.cause).toContain('config.learningRate: got -1, expected above 0');
    expect(await app.entered(execution.executionArn)).toEqual([
      'ValidateConfig',
      'RecordFailure',
      'RunFailed',
    ]);
    expect(app.statsOf('ShardDataset').invocations).toBe(downloads);
    expect(await getDocument(app.store, runStatus, KEYS.status('wrong'))).toMatchObject({
      state: 'failed',
      error: 'ConfigError',
      reason: expect.stringContaining('config.learningRate: got -1'),
    });
  });
});

describe('a run over shards that are streamed', () => {
  it('ends with the bytes of one that has all of them in memory', proofOnly, async () => {
    const more = { sampling: 'shardShuffle', shardsTogether: 2, chunkIterations: 25, model: 'streamed' };
    const execution = await run('streamed', { ...CONFIG, ...more });
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    const manifest = await getDocument(app.store, datasetManifest, KEYS.manifest('mnist'));
    const shards = [];
    for (const { key } of manifest.splits.train.shards) shards.push(decodeShard(await app.read(key), 10));
    const { config, configHash } = await getDocument(app.store, runConfig, KEYS.runConfig('streamed'));
    const trainer = new Trainer(config, datasetFromShards(shards));
    trainer.advance(config.iterations);
    expect(sha256(await app.read(KEYS.checkpoint('streamed', config.iterations)))).toBe(
      sha256(encodeCheckpoint(trainer.checkpoint(configHash))),
    );
  });
});

/** Changes the training machine's definition, around the references in it. */
const editing =
  (edit: (states: Record<string, Record<string, unknown>>) => void): Edit =>
  (resources) => {
    const [, machine] =
      Object.entries(resources).find(
        ([id, { Type }]) => Type === 'AWS::StepFunctions::StateMachine' && id.startsWith('Training'),
      ) ?? [];
    if (machine === undefined) return;
    const { 'Fn::Join': join } = machine.Properties!.DefinitionString as {
      'Fn::Join': [string, unknown[]];
    };
    const references: unknown[] = [];
    const text = join[1].map((part) => (typeof part === 'string' ? part : `@${references.push(part) - 1}@`));
    const definition = JSON.parse(text.join('')) as { States: Record<string, Record<string, unknown>> };
    edit(definition.States);
    const pieces = JSON.stringify(definition).split(/@(\d+)@/);
    join[1] = pieces.map((piece, index) => (index % 2 === 0 ? piece : references[Number(piece)]));
  };

it(
  'another definition changes what runs: without the choice, two chunks are trained and promoted',
  proofOnly,
  async () => {
    await app.stop();
    await app.start(
      editing((states) => {
        // What only the choice leads to goes with it: a definition has no states that nothing reaches.
        const gone = ['TrainingDone', 'ContinueRun', 'RunContinues', 'TrainRound', 'ReduceRound'];
        for (const name of gone) delete states[name];
        states.StartRun!.Next = 'TrainChunk';
        states.TrainChunk!.Next = 'PromoteModel';
      }),
    );
    const execution = await run('changed', { ...CONFIG, evaluateEvery: 20 });
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    expect((await app.entered(execution.executionArn)).slice(-3)).toEqual([
      'StartRun',
      'TrainChunk',
      'PromoteModel',
    ]);
    const keys = await app.store.list('');
    expect(keys).toContain(KEYS.checkpoint('changed', 40));
    expect(keys).not.toContain(KEYS.checkpoint('changed', 60));
    expect(await getDocument(app.store, modelVersion, KEYS.version('mnist', 2))).toMatchObject({
      runId: 'changed',
      step: 40,
    });
    // The same seed and dataset: what chunk the step ends does not matter to the weights.
    expect(sha256(await app.read(KEYS.checkpoint('changed', 40)))).toBe(
      sha256(await app.read(KEYS.checkpoint(RUN, 40))),
    );
  },
);
