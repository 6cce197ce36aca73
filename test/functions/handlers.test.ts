/** Each handler as Lambda calls it: with an event and a context, its environment, and S3 behind the SDK. */
import type { Context, Handler } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ENV } from '../../functions/contract/environment.ts';
import type { FunctionName } from '../../functions/contract/functions.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { along } from '../../functions/contract/states.ts';
import {
  type BatchPart,
  promoteModelInput,
  type RunProgress,
  reduceRoundInput,
  trainChunkInput,
  trainWorkerInput,
} from '../../functions/schemas/payloads.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { type Mirror, startMirror } from '../../scripts/cloud/mnist-mirror.ts';
import { someLoop } from '../support/documents.ts';
import { proofOnly } from '../support/needs.ts';
import { s3WithContent } from './support/fake-s3.ts';
import { httpEvent, manageEvent } from './support/http-event.ts';
import { TEST_SIZE, TINY_CONFIG, TRAIN_SIZE, uploadTiny } from './support/tiny-dataset.ts';
import { tinyRuns } from './support/tiny-run.ts';

/** The variables without which a function can't work. */
const NEEDED: Readonly<Record<FunctionName, readonly (keyof typeof ENV)[]>> = {
  'validate-config': ['trainMemoryMb'],
  'download-dataset': ['bucket'],
  'shard-dataset': ['bucket'],
  'start-run': ['bucket', 'metricsNamespace', 'turnsPerExecution', 'roundsPerExecution'],
  'train-chunk': ['bucket', 'metricsNamespace'],
  'train-worker': ['bucket'],
  'reduce-round': ['bucket', 'metricsNamespace'],
  'import-model': ['bucket', 'metricsNamespace'],
  'promote-model': ['bucket', 'gitRevision', 'metricsNamespace'],
  'record-failure': ['bucket'],
  predict: ['bucket', 'defaultModel', 'auth', 'manage', 'metricsNamespace'],
  manage: ['bucket', 'stateMachine', 'trainMemoryMb'],
  'rollback-model': ['bucket'],
  'plan-batch': ['bucket', 'defaultModel'],
  'predict-part': ['bucket'],
  'collect-batch': ['bucket'],
  'plan-sweep': ['bucket', 'trainMemoryMb'],
  'collect-sweep': ['bucket'],
};
const FUNCTIONS = Object.entries(NEEDED) as [FunctionName, readonly (keyof typeof ENV)[]][];
const VALUES: Partial<Record<keyof typeof ENV, string>> = {
  bucket: 'bucket',
  metricsNamespace: 'test',
  gitRevision: 'abc',
  defaultModel: 'mnist',
  auth: '{"kind":"iam"}',
  manage: 'iam',
  stateMachine: 'arn:aws:states:us-east-1:000000000000:stateMachine:training',
  turnsPerExecution: '100',
  roundsPerExecution: '100',
  trainMemoryMb: '1769',
};
const setVariables = (names: readonly (keyof typeof ENV)[]) => {
  for (const name of names) vi.stubEnv(ENV[name], VALUES[name]);
};

const store = createS3Store('bucket');
const { prepare, manifest } = tinyRuns(store);
const s3 = s3WithContent();
const SHA256 = '0'.repeat(64);
const CHECKPOINT = { key: 'runs/r/checkpoints/00000000.safetensors', sha256: SHA256, bytes: 1 };
const CHUNK = { runId: 'r', step: 0, checkpoint: CHECKPOINT, best: null, runDollars: 0, loop: someLoop() };
const FAILED = { worker: 0, error: { name: 'TrainingDivergedError', message: 'an output' } };

const handlerOf = async (name: FunctionName): Promise<Handler> =>
  (await import(`../../functions/${name}/handler.ts`)).handler;
const invoke = async (name: FunctionName, event: unknown, remainingMs = () => 900_000) => {
  const context = { memoryLimitInMB: '1769', getRemainingTimeInMillis: remainingMs } as Context;
  return (await handlerOf(name))(event, context, () => {});
};
/** What the state machine passes on: the fields that the next state's function takes. */
const pick = (state: object, { shape }: { shape: object }) =>
  Object.fromEntries(Object.entries(state).filter(([field]) => field in shape));
/** Time that runs short as soon as it is looked at again. */
const runningShort = () => {
  let ms = 2;
  return () => ms--;
};

beforeEach(() => {
  setVariables(Object.keys(VALUES) as (keyof typeof ENV)[]);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe.each(FUNCTIONS)('%s', (name, needed) => {
  beforeEach(() => vi.unstubAllEnvs());

  it('does with the variables that it needs', async () => {
    setVariables(needed);
    if (name === 'predict') {
      expect(await invoke(name, httpEvent('GET', '/v2'))).toMatchObject({ statusCode: 200 });
      return;
    }
    if (name === 'manage') {
      expect(await invoke(name, manageEvent('/runs'))).toMatchObject({ statusCode: 415 });
      return;
    }
    const message = 'event: got nothing, expected object';
    await expect(invoke(name, undefined)).rejects.toMatchObject({ name: 'ConfigError', message });
  });

  it.each(needed)('names the variable %s when it is missing', async (missing) => {
    setVariables(needed.filter((other) => other !== missing));
    const message = `environment variable ${ENV[missing]} is not set`;
    await expect(invoke(name, httpEvent('GET', '/v2'))).rejects.toThrow(message);
  });
});

describe('wrong input is a ConfigError that names field, value and what is allowed', () => {
  const config = {};
  const started = { runId: 'r', executionName: 'r', config, manifestSha256: SHA256 };
  const ODD = { ...CHECKPOINT, key: 'runs/\ud800' };
  it.each<[FunctionName, unknown, string]>([
    ['validate-config', { input: {} }, 'event.runId: got nothing, expected string'],
    ['validate-config', { runId: 'a b', input: {} }, 'event.runId: got "a b", expected 1-80 of A-Z a-z'],
    ['validate-config', { runId: 'r', input: { lr: 1 } }, 'config: unknown "lr", known are dataset, '],
    [
      'download-dataset',
      { files: [{ dataset: 'mnist', file: 'x' }] },
      'file: got "x", expected one of train-images-',
    ],
    [
      'shard-dataset',
      { dataset: 'mnist', files: [{ dataset: 'mnist', file: 'x' }] },
      'file: got "x", expected one of train-images-',
    ],
    [
      'download-dataset',
      { files: [{ dataset: 'cifar', file: 'x' }] },
      'dataset: got "cifar", expected one of mnist',
    ],
    ['shard-dataset', { dataset: '../x' }, 'event.dataset: got "../x", expected 1-63 of a-z 0-9 . _ -'],
    ['shard-dataset', { dataset: 'cifar' }, 'dataset: got "cifar", expected one of mnist'],
    ['start-run', { ...started, manifestSha256: 'x' }, 'event.manifestSha256: got "x", '],
    ['start-run', { ...started, config: { seed: -1 } }, 'event.config.seed: got -1, expected at least 0'],
    ['train-chunk', { ...CHUNK, step: -1 }, 'event.step: got -1, expected at least 0'],
    ['train-chunk', { ...CHUNK, checkpoint: ODD }, 'checkpoint.key: got "runs/\\ud800", expected 1 to 1024'],
    ['train-worker', { runId: 'r', worker: 1000 }, 'event.worker: got 1000, expected at most 999'],
    ['reduce-round', { ...CHUNK, results: [] }, 'event.results: got [], expected at least 1 entries'],
    ['promote-model', { runId: 'r', step: '1' }, 'event.step: got "1", expected number'],
    [
      'record-failure',
      { runId: 'my', executionName: 'my.run', error: { Error: 'E' } },
      'event.executionName: got "my.run", expected 1-72 of A-Z a-z 0-9 _ -, then nothing or a dot and a number from 1',
    ],
    // Else it would go on with the run `cap-0`, as would `cap-0.0004`.
    [
      'validate-config',
      { runId: 'cap-0', executionName: 'cap-0.0002', input: {} },
      'event.executionName: got "cap-0.0002"',
    ],
    ['record-failure', { runId: 'r', error: {} }, 'event.error.Error: got nothing, expected string'],
    ['plan-sweep', { sweepId: 'a.b' }, 'event.sweepId: got "a.b", expected 1-60 of'],
    ['plan-sweep', { sweepId: 's', input: [] }, 'sweep: got [], expected object'],
    ['collect-sweep', { sweepId: 's', rung: -1 }, 'event.rung: got -1, expected at least 0'],
    ['plan-batch', { batchId: 'b', input: {} }, 'event.input: got {}, expected either prefix or file'],
  ])('%s: %j', async (name, event, message) => {
    const error = await invoke(name, event).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'ConfigError' });
    expect((error as Error).message).toContain(message);
    expect(s3.objects.size).toBe(0);
  });

  const ONLY_HTTPS = 'DATASET_MIRRORS: got "http://a/", expected https URLs unless MirrorAccess is any';
  it.each([
    ['any', 'http://a/,ftp://b/', 'DATASET_MIRRORS: got "ftp://b/", expected http(s) URLs'],
    ['public', 'http://a/', ONLY_HTTPS],
    [undefined, 'http://a/', ONLY_HTTPS],
    ['all', '', 'MIRROR_ACCESS: got "all", expected public or any'],
  ])('as are, with access %s, the mirrors %s', async (access, mirrors, message) => {
    vi.stubEnv('MIRROR_ACCESS', access);
    vi.stubEnv('DATASET_MIRRORS', mirrors);
    await expect(invoke('download-dataset', { files: [{ dataset: 'mnist', file: 'x' }] })).rejects.toThrow(
      message,
    );
  });

  it('a config is checked against the memory of the deployment, not of the default', async () => {
    // 60 million numbers, and what goes out of them.
    const large = { layers: [784, 40_000, 10] };
    await invoke('validate-config', { runId: 'r', input: large });
    vi.stubEnv('TRAIN_MEMORY_MB', '512');
    const message = 'layers: got 784-40000-10, which take ';
    await expect(invoke('validate-config', { runId: 'r', input: large })).rejects.toThrow(message);
    const sweep = { sweepId: 's', input: { grid: { layers: [large.layers, [784, 30, 10]] } } };
    await expect(invoke('plan-sweep', sweep)).rejects.toThrow(message);
  });

  it.each([
    'validate-config',
    'start-run',
    'train-chunk',
    'train-worker',
    'reduce-round',
    'plan-sweep',
    'collect-sweep',
  ] as const)('as are the prices of %s', async (name) => {
    vi.stubEnv('PRICES', '{"s3Read":-1}');
    await expect(invoke(name, {})).rejects.toThrow('prices.s3Read: got -1, expected at least 0');
  });
});

describe('the functions hand on to each other', () => {
  let emitted: { step?: number; Model?: string; _aws: { CloudWatchMetrics: { Namespace: string }[] } }[];
  beforeEach(async () => {
    await prepare();
    // With transitions as all that costs anything, dollars tell how many a function counts.
    const prices = { lambdaGbSecond: 0, lambdaRequest: 0, s3Read: 0, s3Write: 0, stateTransition: 1 };
    vi.stubEnv('PRICES', JSON.stringify(prices));
    // The metrics that the handlers write, as CloudWatch finds them in the log.
    emitted = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
      if (String(line).includes('"CloudWatchMetrics"')) emitted.push(JSON.parse(String(line)));
      return true;
    });
  });
  const begin = (runId: string, more: object = {}, remainingMs?: () => number): Promise<RunProgress> => {
    const own = { runId, executionName: runId, config: TINY_CONFIG, manifestSha256: manifest() };
    return invoke('start-run', { ...own, ...more }, remainingMs);
  };
  const train = async (from: RunProgress): Promise<RunProgress> => {
    let state = from;
    while (!state.done) state = await invoke('train-chunk', pick(state, trainChunkInput));
    return state;
  };
  const promote = (state: RunProgress, more: object = {}) =>
    invoke('promote-model', { ...pick(state, promoteModelInput), ...more });

  it('from start-run to a prediction', async () => {
    const config = { ...TINY_CONFIG, chunkIterations: 6 };
    const begun = await begin('r', { config });
    expect(begun).toMatchObject({ step: 6, totalSteps: 30, done: false });
    const { transitions } = along('preparing', 'start');
    expect(begun.runDollars).toBe(transitions);
    expect(await begin('r', { config, retries: 1 }, runningShort())).toMatchObject({
      step: 6,
      runDollars: begun.runDollars + along('start').transitions,
    });
    emitted = [];
    const started = await begin('r', { config, executionName: 'r.2' });
    expect(started).toMatchObject({ step: 12, done: false });
    expect(started.loop).toMatchObject({ turnsLeft: 100, continueAs: 'r.3' });
    expect(started.runDollars - begun.runDollars).toBe(transitions + along('continuing').transitions);
    const state = await train(started);
    expect(state.loop).toMatchObject({ turnsLeft: 97 });
    expect(state.runDollars - started.runDollars).toBe(3 * along('turn').transitions);
    expect(s3.json(KEYS.metrics('r', 18)).timing).toMatchObject({ s3Reads: 2, s3Writes: 1 });
    const promoted = await promote(state);
    expect(promoted).toMatchObject({ model: 'mnist', version: 1, step: 30 });
    expect(s3.json(KEYS.version('mnist', 1))).toMatchObject({ gitRevision: 'abc' });
    const body = JSON.stringify({ pixels: [0, 0, 0, 220, 220, 220, 0, 0, 0] });
    const request = httpEvent('POST', '/predict', { headers: { 'content-type': 'application/json' }, body });
    const { statusCode, body: answer } = await invoke('predict', request);
    expect(statusCode).toBe(200);
    expect(JSON.parse(answer)).toMatchObject({ class: 1, model: 'mnist', version: 1 });

    expect(emitted.map(({ step, Model }) => step ?? Model)).toEqual([12, 18, 24, 30, 'mnist', 'mnist']);
    for (const { _aws } of emitted) expect(_aws.CloudWatchMetrics[0]!.Namespace).toBe('test');
    const [chunk, promotion, prediction] = emitted.slice(-3);
    expect(chunk).toMatchObject({ runId: 'r', ImagesPerSecond: expect.any(Number), TestAccuracy: 1 });
    expect(promotion).toMatchObject({ runId: 'r', version: 1, Promoted: 1, NotPromoted: 0 });
    expect(prediction).toMatchObject({ Version: '1', Requests: 1, Errors: 0 });
  });

  it('start-run begins no run by the name of an execution that goes on with one, nor does its failure', async () => {
    const refusal =
      'name: got cap-0.5, which would go on with the run cap-0, but there is none; expected a name without a dot';
    const beginning = begin('cap-0', { executionName: 'cap-0.5' });
    await expect(beginning).rejects.toMatchObject({ name: 'ConfigError', message: refusal });
    const error = { Error: 'ConfigError', Cause: refusal };
    const failed = { runId: 'cap-0', executionName: 'cap-0.5', error };
    expect(await invoke('record-failure', failed)).toMatchObject({ cause: refusal });
    expect(s3.objects.keys().filter((key) => key.startsWith('runs/'))).toEqual([]);
    // One that failed before it had a config is gone on with under the next name.
    await invoke('record-failure', { ...failed, executionName: 'cap-0' });
    await invoke('record-failure', { ...failed, executionName: 'cap-0.1' });
    expect(s3.json(KEYS.status('cap-0'))).toMatchObject({ state: 'failed' });
    expect(await begin('cap-0', { executionName: 'cap-0.2' })).toMatchObject({ done: true });
  });

  it('from validate-config to a dataset in shards, of files that were uploaded', async () => {
    const { dataset: uploaded } = await uploadTiny(store);
    const dataset = { ...uploaded, name: 'mine' };
    const input = { ...TINY_CONFIG, dataset };
    const { config, files } = await invoke('validate-config', { runId: 'r', input });
    expect(config).toMatchObject({ dataset, layers: TINY_CONFIG.layers, model: 'mnist' });
    expect(files).toHaveLength(4);
    const sharded = await invoke('shard-dataset', { dataset: config.dataset, files });
    expect(sharded).toMatchObject({ dataset: 'mine', trainSize: TRAIN_SIZE, testSize: TEST_SIZE });
    const { manifestSha256 } = sharded;
    expect(await begin('r', { config, manifestSha256 })).toMatchObject({ step: 30, totalSteps: 30 });
  });

  it('an execution from before, which downloads and shards in two states, comes to the same dataset', async () => {
    const { dataset: uploaded } = await uploadTiny(store);
    const dataset = { ...uploaded, name: 'mine' };
    const { files } = await invoke('validate-config', { runId: 'r', input: { ...TINY_CONFIG, dataset } });
    for (const isNew of [true, false]) {
      const { files: downloaded } = await invoke('download-dataset', { files });
      expect(downloaded).toEqual(files.map(() => expect.objectContaining({ downloaded: isNew })));
    }
    const sharded = await invoke('shard-dataset', { dataset });
    expect(sharded).toMatchObject({ dataset: 'mine', trainSize: TRAIN_SIZE, testSize: TEST_SIZE });
    expect(await invoke('shard-dataset', { dataset, files })).toEqual(sharded);
  });

  it('train-chunk stops before its time is over', async () => {
    const started = await begin('r', { config: { ...TINY_CONFIG, chunkIterations: 6 } });
    expect(await invoke('train-chunk', pick(started, trainChunkInput), runningShort())).toMatchObject({
      step: 7,
    });
  });

  it('start-run, train-worker and reduce-round', async () => {
    let state = await begin('r', { config: { ...TINY_CONFIG, workers: 2, localIterations: 5 } });
    const begun = pick(state, trainWorkerInput);
    const dollarsBefore = state.runDollars;
    while (!state.done) {
      const results: unknown[] = [];
      for (const part of state.parts!) {
        results.push(await invoke('train-worker', { ...pick(state, trainWorkerInput), ...part }));
      }
      state = await invoke('reduce-round', { ...pick(state, reduceRoundInput), results });
    }
    expect(state).toMatchObject({ step: 30, rounds: { workers: 2, done: 3, total: 3 } });
    expect(state.runDollars - dollarsBefore).toBe(
      3 * (along('round').transitions + 2 * along('worker').transitions),
    );
    expect(emitted.map(({ step }) => step)).toEqual([0, 10, 20, 30]);
    // A worker that lacks time, or its checkpoint, answers so; the reducer is the one that fails.
    const late = await invoke('train-worker', { ...begun, worker: 0 }, runningShort());
    expect(late).toMatchObject({ worker: 0, error: { name: 'ConfigError' } });
    const lost = { ...begun, step: 20, worker: 1, checkpoint: CHECKPOINT };
    const answer = await invoke('train-worker', lost);
    expect(answer).toMatchObject({ worker: 1, error: { name: 'IntegrityError' } });
    const last = { ...pick(state, reduceRoundInput), step: 20, results: [FAILED, answer] };
    await expect(invoke('reduce-round', last)).rejects.toThrow('worker 0 and 1 more: an output');
  });

  it('plan-sweep, promote-model for its runs, collect-sweep and promote-model for the best', async () => {
    const input = { config: { iterations: 30 }, grid: { seed: [1, 2] } };
    expect(await invoke('plan-sweep', { sweepId: 's', input })).toMatchObject({ rung: { runs: 2 } });
    const sweep = { id: 's', trial: 0, rung: 0 };
    const state = await train(await begin('s-0000', { sweep, continueFrom: null }));
    emitted = [];
    const ended = { runId: 's-0000', step: 30, sweep: 's', stopped: null };
    expect(await promote(state)).toEqual(ended);
    const collected = await invoke('collect-sweep', { sweepId: 's', rung: 0 });
    expect(collected).toMatchObject({ best: { runId: 's-0000', step: 30 } });
    expect(emitted).toEqual([]);
    expect(await promote(state, { sweep: 's' })).toMatchObject({ version: 1, promoted: true });
    expect(emitted).toMatchObject([{ Promoted: 1 }]);
  });

  it('plan-batch, predict-part and collect-batch', async () => {
    await promote(await train(await begin('r')));
    const input = { file: KEYS.source('tiny', 'test-images') };
    const planned = await invoke('plan-batch', { batchId: 'b', input });
    expect(planned).toMatchObject({ items: TEST_SIZE });
    for (const part of s3.json(planned.partsKey) as unknown as BatchPart[]) {
      expect(await invoke('predict-part', part)).toMatchObject({ part: part.part, failed: 0 });
    }
    const summary = await invoke('collect-batch', { batchId: 'b' });
    expect(summary).toMatchObject({ model: 'mnist', version: 1, predicted: TEST_SIZE, failed: 0 });
  });

  it('record-failure writes down what a Catch puts into the state', async () => {
    const Cause = JSON.stringify({ errorType: 'DownloadError', errorMessage: 'no mirror answered' });
    const recorded = await invoke('record-failure', { runId: 'r', error: { Error: 'DownloadError', Cause } });
    expect(recorded).toEqual({ runId: 'r', error: 'DownloadError', cause: 'no mirror answered' });
    expect(s3.json(KEYS.status('r'))).toMatchObject({ state: 'failed', reason: 'no mirror answered' });
    await invoke('record-failure', { runId: 'r', error: { Error: 'States.Timeout' } });
    expect(s3.json(KEYS.status('r'))).toMatchObject({ state: 'failed', error: 'States.Timeout' });
  });
});

describe('MNIST itself', () => {
  let mirror: Mirror;
  beforeAll(async () => {
    mirror = await startMirror();
  });
  afterAll(() => mirror.close());

  it('is downloaded from a mirror, verified, and cut into shards', proofOnly, async () => {
    // A first mirror that nobody answers at, and no slash at the end of the second.
    vi.stubEnv('MIRROR_ACCESS', 'any');
    vi.stubEnv('DATASET_MIRRORS', `http://127.0.0.1:9/, ${mirror.url.slice(0, -1)}`);
    const { config, files } = await invoke('validate-config', { runId: 'r', input: { seed: 3 } });
    expect(config).toMatchObject({ seed: 3, layers: [784, 50, 10] });
    const sharded = await invoke('shard-dataset', { dataset: 'mnist', files });
    // What its runs are compared by, as it has been since the first release.
    expect(sharded).toEqual({
      dataset: 'mnist',
      manifestSha256: 'fba3189fc4f31d06d3164a30ab3caf1173bb06890e90d4cfd8680237f237423e',
      trainSize: 60_000,
      testSize: 10_000,
    });
    expect(await store.list('datasets/mnist/train/')).toHaveLength(6);
    expect(await invoke('shard-dataset', { dataset: 'mnist', files })).toEqual(sharded);
  });

  it('is not sharded while a file is missing', async () => {
    await expect(invoke('shard-dataset', { dataset: 'mnist' })).rejects.toMatchObject({
      name: 'NotFoundError',
      message: 'datasets/mnist/source/train-images-idx3-ubyte is not there',
    });
  });
});
