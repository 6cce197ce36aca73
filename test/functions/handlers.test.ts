/** Each handler as Lambda calls it: with an event and a context, its environment, and S3 behind the SDK. */
import type { Context, Handler } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { handler as collectSweep } from '../../functions/collect-sweep/handler.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { handler as downloadDataset } from '../../functions/download-dataset/handler.ts';
import { handler as planSweep } from '../../functions/plan-sweep/handler.ts';
import { handler as predict } from '../../functions/predict/handler.ts';
import { handler as promoteModel } from '../../functions/promote-model/handler.ts';
import { handler as recordFailure } from '../../functions/record-failure/handler.ts';
import { handler as reduceRound } from '../../functions/reduce-round/handler.ts';
import {
  promoteModelInput,
  type RunProgress,
  reduceRoundInput,
  trainChunkInput,
  trainWorkerInput,
} from '../../functions/schemas/payloads.ts';
import { handler as shardDataset } from '../../functions/shard-dataset/handler.ts';
import { handler as startRun } from '../../functions/start-run/handler.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { handler as trainChunk } from '../../functions/train-chunk/handler.ts';
import { handler as trainWorker } from '../../functions/train-worker/handler.ts';
import { handler as validateConfig } from '../../functions/validate-config/handler.ts';
import { type Mirror, startMirror } from '../../scripts/cloud/mnist-mirror.ts';
import { type FakeS3, fakeS3 } from './support/fake-s3.ts';
import { httpEvent } from './support/http-event.ts';
import { TINY_CONFIG } from './support/tiny-dataset.ts';
import { tinyRuns } from './support/tiny-run.ts';

const store = createS3Store('bucket');
const { prepare } = tinyRuns(store);
/** The metrics that the handlers have written, as CloudWatch finds them in the log. */
const emitted = (written: { mock: { calls: unknown[][] } }) =>
  written.mock.calls
    .map(([line]) => String(line))
    .filter((line) => line.includes('"CloudWatchMetrics"'))
    .map((line) => JSON.parse(line));
const SHA256 = '0'.repeat(64);
const BEGUN = { runId: 'r', executionName: 'r' };
const LOOP = {
  turnsLeft: 1,
  continueAs: 'r.1',
  startedAt: '2026-11-24T08:00:00Z',
  pace: { loadMs: 0, stepMs: 0, evaluateMs: 0, saveMs: 0 },
};
const FAILED = { worker: 0, error: { name: 'TrainingDivergedError', message: 'an output' } };
const CHECKPOINT = { key: 'runs/r/checkpoints/00000000.safetensors', sha256: SHA256, bytes: 1 };
let s3: FakeS3;

beforeEach(() => {
  s3 = fakeS3();
  vi.stubEnv('BUCKET_NAME', 'bucket');
  vi.stubEnv('GIT_REVISION', 'abc');
  vi.stubEnv('DEFAULT_MODEL', 'mnist');
  vi.stubEnv('METRICS_NAMESPACE', 'test');
  vi.stubEnv('TURNS_PER_EXECUTION', '100');
  vi.stubEnv('ROUNDS_PER_EXECUTION', '100');
  vi.stubEnv('DATASET_MIRRORS', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const context = { memoryLimitInMB: '1769', getRemainingTimeInMillis: () => 900_000 } as Context;
const invoke = async (handler: Handler, event: unknown) => handler(event, context, () => {});
/** What the state machine passes on: the fields that the next state's function takes. */
const pick = (state: object, { shape }: { shape: object }) =>
  Object.fromEntries(Object.entries(state).filter(([field]) => field in shape));

describe('wrong input is a ConfigError that names field, value and what is allowed', () => {
  const config = {};
  it.each<[string, Handler, unknown, string]>([
    ['validate-config', validateConfig, undefined, 'event: got nothing, expected object'],
    ['validate-config', validateConfig, { input: {} }, 'event.runId: got nothing, expected string'],
    [
      'validate-config',
      validateConfig,
      { runId: 'a b', input: {} },
      'event.runId: got "a b", expected 1-80 of A-Z a-z 0-9 _ -',
    ],
    [
      'validate-config',
      validateConfig,
      { runId: 'my', executionName: 'my.run', input: {} },
      'event.executionName: got "my.run", expected 1-72 of A-Z a-z 0-9 _ -, then nothing or a dot and a number',
    ],
    ['validate-config', validateConfig, { runId: 'r', input: [] }, 'config: got [], expected object'],
    [
      'validate-config',
      validateConfig,
      { runId: 'r', input: { learningRate: 0 } },
      'config.learningRate: got 0, expected above 0',
    ],
    [
      'validate-config',
      validateConfig,
      { runId: 'r', input: { lr: 1 } },
      'config: unknown "lr", known are dataset, ',
    ],
    [
      'validate-config',
      validateConfig,
      { runId: 'r', input: { dataset: 'cifar' } },
      'dataset: got "cifar", expected one of mnist',
    ],
    [
      'validate-config',
      validateConfig,
      { runId: 'r', input: { layers: [100, 10] } },
      'layers[0]: got 100, expected 784',
    ],
    [
      'validate-config',
      validateConfig,
      { runId: 'r', input: { layers: [784, 9] } },
      'layers[1]: got 9, expected 10',
    ],
    ['download-dataset', downloadDataset, { dataset: 'mnist' }, 'event.file: got nothing, expected string'],
    ['plan-sweep', planSweep, { sweepId: 'a.b' }, 'event.sweepId: got "a.b", expected 1-60 of'],
    ['plan-sweep', planSweep, { sweepId: 's', input: [] }, 'sweep: got [], expected object'],
    ['collect-sweep', collectSweep, { sweepId: 's', rung: -1 }, 'event.rung: got -1, expected at least 0'],
    [
      'download-dataset',
      downloadDataset,
      { dataset: 'mnist', file: 'x' },
      'file: got "x", expected one of train-images-idx3-ubyte, ',
    ],
    [
      'download-dataset',
      downloadDataset,
      { dataset: 'cifar', file: 'x' },
      'dataset: got "cifar", expected one of mnist',
    ],
    [
      'download-dataset',
      downloadDataset,
      { dataset: 'mnist', file: 'x', url: 'http://a/' },
      'event: unknown "url", known are dataset, file',
    ],
    [
      'shard-dataset',
      shardDataset,
      { dataset: '../x' },
      'event.dataset: got "../x", expected 1-63 of a-z 0-9 . _ -',
    ],
    ['shard-dataset', shardDataset, { dataset: 'cifar' }, 'dataset: got "cifar", expected one of mnist'],
    ['start-run', startRun, { ...BEGUN, config, manifestSha256: 'x' }, 'event.manifestSha256: got "x", '],
    [
      'start-run',
      startRun,
      { ...BEGUN, config: { seed: -1 }, manifestSha256: SHA256 },
      'event.config.seed: got -1, expected at least 0',
    ],
    [
      'train-worker',
      trainWorker,
      { runId: 'r', step: 0, checkpoint: CHECKPOINT, worker: 1000 },
      'event.worker: got 1000, expected at most 999',
    ],
    [
      'reduce-round',
      reduceRound,
      { runId: 'r', step: 0, checkpoint: CHECKPOINT, best: null, runDollars: 0, loop: LOOP, results: [] },
      'event.results: got [], expected at least 1 entries',
    ],
    [
      'validate-config',
      validateConfig,
      { runId: 'r', input: { workers: 2, chunkIterations: 10 } },
      'chunkIterations: got 10, expected nothing with workers',
    ],
    [
      'train-chunk',
      trainChunk,
      { runId: 'r', step: -1, checkpoint: CHECKPOINT, best: null, runDollars: 0, loop: LOOP },
      'event.step: got -1, expected at least 0',
    ],
    [
      'train-chunk',
      trainChunk,
      { runId: 'r', step: 0, checkpoint: 'x', best: null, runDollars: 0, loop: LOOP },
      'event.checkpoint: got "x", expected object',
    ],
    [
      'train-chunk',
      trainChunk,
      {
        runId: 'r',
        step: 0,
        checkpoint: { ...CHECKPOINT, key: 'runs/\ud800' },
        best: null,
        runDollars: 0,
        loop: LOOP,
      },
      'event.checkpoint.key: got "runs/\\ud800", expected 1 to 1024 bytes of UTF-8',
    ],
    [
      'promote-model',
      promoteModel,
      { runId: 'r', step: '1', checkpoint: CHECKPOINT },
      'event.step: got "1", expected number',
    ],
    [
      'record-failure',
      recordFailure,
      { runId: 'my', executionName: 'my.run', error: { Error: 'E' } },
      'event.executionName: got "my.run"',
    ],
    [
      'record-failure',
      recordFailure,
      { runId: 'r', error: {} },
      'event.error.Error: got nothing, expected string',
    ],
  ])('%s: $3', async (_name, handler, event, message) => {
    const error = await invoke(handler, event).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'ConfigError' });
    expect((error as Error).message).toContain(message);
    expect(s3.objects.size).toBe(0);
  });

  it.each([
    ['any', 'http://a/,ftp://b/', 'DATASET_MIRRORS: got "ftp://b/", expected http(s) URLs'],
    [
      'public',
      'http://a/',
      'DATASET_MIRRORS: got "http://a/", expected https URLs unless MirrorAccess is any',
    ],
    [
      undefined,
      'http://a/',
      'DATASET_MIRRORS: got "http://a/", expected https URLs unless MirrorAccess is any',
    ],
    ['all', '', 'MIRROR_ACCESS: got "all", expected public or any'],
  ])('as are, with access %s, the mirrors %s', async (access, mirrors, message) => {
    vi.stubEnv('MIRROR_ACCESS', access);
    vi.stubEnv('DATASET_MIRRORS', mirrors);
    await expect(invoke(downloadDataset, { dataset: 'mnist', file: 'x' })).rejects.toThrow(message);
  });
});

describe('a variable missing from the environment is named', () => {
  const run = { runId: 'r', step: 0, checkpoint: CHECKPOINT };
  const chunk = { ...run, best: null, runDollars: 0, loop: LOOP };
  const ended = { ...run, stopped: null };
  it.each<[string, Handler, unknown, string]>([
    ['download-dataset', downloadDataset, { dataset: 'mnist', file: 'x' }, 'BUCKET_NAME'],
    ['shard-dataset', shardDataset, { dataset: 'mnist' }, 'BUCKET_NAME'],
    ['start-run', startRun, { ...BEGUN, config: {}, manifestSha256: SHA256 }, 'BUCKET_NAME'],
    ['train-chunk', trainChunk, pick(chunk, trainChunkInput), 'BUCKET_NAME'],
    ['start-run', startRun, { ...BEGUN, config: {}, manifestSha256: SHA256 }, 'TURNS_PER_EXECUTION'],
    ['start-run', startRun, { ...BEGUN, config: {}, manifestSha256: SHA256 }, 'ROUNDS_PER_EXECUTION'],
    ['train-worker', trainWorker, { ...run, worker: 0 }, 'BUCKET_NAME'],
    ['reduce-round', reduceRound, { ...chunk, results: [FAILED] }, 'BUCKET_NAME'],
    ['reduce-round', reduceRound, { ...chunk, results: [FAILED] }, 'METRICS_NAMESPACE'],
    ['promote-model', promoteModel, ended, 'BUCKET_NAME'],
    ['promote-model', promoteModel, ended, 'GIT_REVISION'],
    ['start-run', startRun, { ...BEGUN, config: {}, manifestSha256: SHA256 }, 'METRICS_NAMESPACE'],
    ['train-chunk', trainChunk, pick(chunk, trainChunkInput), 'METRICS_NAMESPACE'],
    ['promote-model', promoteModel, ended, 'METRICS_NAMESPACE'],
    ['record-failure', recordFailure, { runId: 'r', error: { Error: 'E' } }, 'BUCKET_NAME'],
    ['plan-sweep', planSweep, { sweepId: 's', input: {} }, 'BUCKET_NAME'],
    ['collect-sweep', collectSweep, { sweepId: 's', rung: 0 }, 'BUCKET_NAME'],
    ['predict', predict, httpEvent('GET', '/'), 'BUCKET_NAME'],
    ['predict', predict, httpEvent('GET', '/'), 'DEFAULT_MODEL'],
  ])('%s without $3', async (_name, handler, event, variable) => {
    vi.stubEnv(variable, '');
    await expect(invoke(handler, event)).rejects.toThrow(`environment variable ${variable} is not set`);
  });
});

describe('from a config to a prediction', () => {
  it('validate-config fills in the defaults and lists the files', async () => {
    const { runId, config, files } = await invoke(validateConfig, { runId: 'r', input: { seed: 3 } });
    expect({ runId, config }).toMatchObject({ runId: 'r', config: { seed: 3, layers: [784, 50, 10] } });
    expect(files).toHaveLength(4);
    expect(files[0]).toEqual({ dataset: 'mnist', file: 'train-images-idx3-ubyte' });
  });

  it('start-run, train-chunk, promote-model and predict hand on to each other', async () => {
    const manifestSha256 = await prepare();
    const written = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    let state: RunProgress = await invoke(startRun, {
      runId: 'r',
      executionName: 'r.2',
      config: TINY_CONFIG,
      manifestSha256,
    });
    expect(state).toMatchObject({ step: 0, totalSteps: 30, done: false });
    expect(state.loop).toMatchObject({ turnsLeft: 100, continueAs: 'r.3' });
    while (!state.done) state = await invoke(trainChunk, pick(state, trainChunkInput));
    expect(state.estimatedDollars).toBeGreaterThan(0);
    expect(state.runDollars).toBeGreaterThan(state.estimatedDollars);
    expect(state.loop!.turnsLeft).toBe(95);
    const promoted = await invoke(promoteModel, pick(state, promoteModelInput));
    expect(promoted).toMatchObject({ model: 'mnist', version: 1, step: 30 });
    expect(s3.json(KEYS.version('mnist', 1))).toMatchObject({ gitRevision: 'abc' });
    const lines = emitted(written);
    written.mockRestore();
    expect(lines.map(({ step, Model }) => step ?? Model)).toEqual([0, 6, 12, 18, 24, 30, 'mnist']);
    for (const { _aws } of lines) expect(_aws.CloudWatchMetrics[0].Namespace).toBe('test');
    expect(lines.at(-2)).toMatchObject({ runId: 'r', ImagesPerSecond: expect.any(Number), TestAccuracy: 1 });
    expect(lines.at(-1)).toMatchObject({ runId: 'r', version: 1, Promoted: 1, NotPromoted: 0 });

    const body = JSON.stringify({ pixels: [0, 0, 0, 220, 220, 220, 0, 0, 0] });
    const request = httpEvent('POST', '/predict', { headers: { 'content-type': 'application/json' }, body });
    const { statusCode, body: answer } = await invoke(predict, request);
    expect(statusCode).toBe(200);
    expect(JSON.parse(answer)).toMatchObject({ class: 1, model: 'mnist', version: 1 });
  });

  it('start-run, train-worker and reduce-round hand on to each other', async () => {
    const manifestSha256 = await prepare();
    const written = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    const config = { ...TINY_CONFIG, workers: 2, localIterations: 5 };
    const begun = { runId: 'r', executionName: 'r', config, manifestSha256 };
    let state: RunProgress = await invoke(startRun, begun);
    while (!state.done) {
      const results: unknown[] = [];
      for (const part of state.parts!) {
        results.push(await invoke(trainWorker, { ...pick(state, trainWorkerInput), ...part }));
      }
      state = await invoke(reduceRound, { ...pick(state, reduceRoundInput), results });
    }
    const lines = emitted(written);
    written.mockRestore();
    expect(state).toMatchObject({ step: 30, rounds: { workers: 2, done: 3, total: 3 } });
    expect(lines.map(({ step }) => step)).toEqual([0, 10, 20, 30]);
    // A worker whose checkpoint is lost answers so; the reducer is the one that fails.
    const lost = { ...pick(state, trainWorkerInput), step: 20, worker: 1, checkpoint: CHECKPOINT };
    const answer = await invoke(trainWorker, lost);
    expect(answer).toMatchObject({ worker: 1, error: { name: 'IntegrityError' } });
    const results = [FAILED, answer];
    const last = { ...pick(state, reduceRoundInput), step: 20, results };
    await expect(invoke(reduceRound, last)).rejects.toThrow('worker 0 and 1 more: an output');
  });

  it('record-failure writes down what a Catch puts into the state', async () => {
    const Cause = JSON.stringify({
      errorType: 'DownloadError',
      errorMessage: 'no mirror answered',
      trace: [],
    });
    const recorded = await invoke(recordFailure, { runId: 'r', error: { Error: 'DownloadError', Cause } });
    expect(recorded).toEqual({ runId: 'r', error: 'DownloadError', cause: 'no mirror answered' });
    expect(s3.json(KEYS.status('r'))).toMatchObject({ state: 'failed', reason: 'no mirror answered' });
    await invoke(recordFailure, { runId: 'r', error: { Error: 'States.Timeout' } });
    expect(s3.json(KEYS.status('r'))).toMatchObject({ state: 'failed', error: 'States.Timeout' });
  });
});

describe('MNIST itself', () => {
  let mirror: Mirror;
  beforeAll(async () => {
    mirror = await startMirror();
  });
  afterAll(() => mirror.close());

  it('is downloaded from a mirror, verified, and cut into shards', async () => {
    // A first mirror that nobody answers at, and no slash at the end of the second.
    vi.stubEnv('MIRROR_ACCESS', 'any');
    vi.stubEnv('DATASET_MIRRORS', `http://127.0.0.1:9/, ${mirror.url.slice(0, -1)}`);
    const { files } = await invoke(validateConfig, { runId: 'r', input: {} });
    for (const file of files) {
      expect(await invoke(downloadDataset, file)).toMatchObject({ downloaded: true });
      expect(await invoke(downloadDataset, file)).toMatchObject({ downloaded: false });
    }
    const sharded = await invoke(shardDataset, { dataset: 'mnist' });
    expect(sharded).toMatchObject({ dataset: 'mnist', trainSize: 60_000, testSize: 10_000 });
    expect(await store.list('datasets/mnist/train/')).toHaveLength(6);
    expect(await invoke(shardDataset, { dataset: 'mnist' })).toEqual(sharded);
  });

  it('is not sharded while a file is missing', async () => {
    await expect(invoke(shardDataset, { dataset: 'mnist' })).rejects.toMatchObject({
      name: 'NotFoundError',
      message: 'datasets/mnist/source/train-images-idx3-ubyte is not there',
    });
  });
});
