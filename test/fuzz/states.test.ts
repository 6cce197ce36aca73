/** What states hand to functions, damaged: the function's result, or an error of a kind that status.json can show. */
import type { Context, Handler } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { encodeWeights } from '../../core/exchange/weights.ts';
import { ENV } from '../../functions/contract/environment.ts';
import { FUNCTIONS, type FunctionName } from '../../functions/contract/functions.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { METRICS } from '../../functions/contract/metrics.ts';
import {
  promoteModelInput,
  type RunProgress,
  reduceRoundInput,
  trainChunkInput,
  trainWorkerInput,
} from '../../functions/schemas/payloads.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { sha256 } from '../../functions/store/sha256.ts';
import type { HeldObjects } from '../functions/support/bucket-content.ts';
import { type FakeS3, fakeS3 } from '../functions/support/fake-s3.ts';
import { TINY_CONFIG } from '../functions/support/tiny-dataset.ts';
import { tinyRuns } from '../functions/support/tiny-run.ts';
import { changed } from './support/events.ts';
import { expectClear, fuzz } from './support/fuzz.ts';

const store = createS3Store('bucket');
const { prepare, manifest, release } = tinyRuns(store);
const context = { memoryLimitInMB: '1769', getRemainingTimeInMillis: () => 900_000 } as Context;
const handlerOf = async (name: FunctionName): Promise<Handler> =>
  (await import(`../../functions/${name}/handler.ts`)).handler;
const run = async (name: FunctionName, event: unknown) => (await handlerOf(name))(event, context, () => {});
const pick = (state: object, { shape }: { shape: object }) =>
  Object.fromEntries(Object.entries(state).filter(([field]) => field in shape));

let s3: FakeS3;
/** What the bucket holds before each case. */
let objects: HeldObjects;
/** Valid events of each function. */
const events: Record<string, unknown[]> = {};

beforeAll(async () => {
  s3 = fakeS3();
  const environment = {
    bucket: 'bucket',
    gitRevision: 'abc',
    defaultModel: 'mnist',
    metricsNamespace: 'test',
    turnsPerExecution: '100',
    roundsPerExecution: '100',
    trainMemoryMb: '1769',
  } as const;
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(ENV[name as keyof typeof ENV], value);
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  await prepare();
  const manifestSha256 = manifest();
  await release('served');
  const config = { ...TINY_CONFIG, chunkIterations: 6 };
  const start = { runId: 'r', executionName: 'r', config, manifestSha256 };
  const started = await run('start-run', start);
  const trained = await run('train-chunk', pick(started, trainChunkInput));
  let last = trained;
  while (!last.done) last = await run('train-chunk', pick(last, trainChunkInput));
  const parallel = { ...start, runId: 'p', executionName: 'p', config: { ...TINY_CONFIG, workers: 2 } };
  const round: RunProgress = await run('start-run', parallel);
  const workers = round.parts!.map(({ worker }) => ({ ...pick(round, trainWorkerInput), worker }));
  const results: unknown[] = [];
  for (const worker of workers) results.push(await run('train-worker', worker));
  const file = encodeWeights([
    { weights: new Float32Array(36).fill(0.1), bias: new Float32Array(4) },
    { weights: new Float32Array(12).fill(0.2), bias: new Float32Array(3) },
  ]);
  const uploaded = KEYS.importedWeights('i', 'safetensors');
  await store.createImmutable(uploaded, file);
  const batch = { batchId: 'b', input: { file: KEYS.source('tiny', 'test-images') } };
  await run('plan-batch', batch);
  const part = { batchId: 'b', part: 0, from: 0, to: 9 };
  await run('predict-part', part);
  const sweep = {
    sweepId: 's',
    input: {
      config: { iterations: 30 },
      grid: { learningRate: [0.1, 0.2], layers: [[784, 10]] },
      halving: { firstIterations: 10, eta: 2 },
      metric: 'testLoss',
      maxDollars: 1,
      model: 'swept',
    },
  };
  await run('plan-sweep', sweep);
  const space = {
    seed: [1, 2],
    learningRate: { min: 0.1, max: 1, log: true },
    batchSize: { min: 1, max: 9, integer: true },
  };
  const random = { sweepId: 't', input: { random: { samples: 3, seed: 1, space } } };
  const metric = { metricStat: { metric: { dimensions: { [METRICS.byModel]: 'mnist' } } } };
  const alarmData = {
    alarmName: 'a',
    state: { value: 'ALARM', reason: 'x' },
    configuration: { metrics: [metric, {}] },
  };
  const Cause = JSON.stringify({ errorType: 'E', errorMessage: 'why', trace: [] });
  Object.assign(events, {
    'download-dataset': [{ files: [{ dataset: 'mnist', file: 'x' }] }],
    'shard-dataset': [{ dataset: 'mnist' }, { dataset: 'mnist', files: [{ dataset: 'mnist', file: 'x' }] }],
    'start-run': [
      start,
      { ...start, runId: 'new', executionName: 'new' },
      {
        ...start,
        runId: 's-0000-r1',
        executionName: 's-0000-r1',
        sweep: { id: 's', trial: 0, rung: 1 },
        continueFrom: { runId: 'r', step: last.step, checkpoint: last.checkpoint },
      },
    ],
    'train-chunk': [started, trained].map((state) => pick(state, trainChunkInput)),
    'train-worker': workers,
    'reduce-round': [{ ...pick(round, reduceRoundInput), results }],
    'promote-model': [pick(last, promoteModelInput), { ...pick(last, promoteModelInput), sweep: 's' }],
    'import-model': [
      { runId: 'i', config, manifestSha256, weights: { key: uploaded, sha256: sha256(file) } },
    ],
    'record-failure': [
      { runId: 'r', error: { Error: 'E', Cause } },
      { runId: 'r', executionName: 'r.2', error: { Error: 'States.Timeout' } },
      { runId: 'r', error: { Error: 'E', Cause: '{"errorMessage":{"toString":1}}' } },
      { runId: 'r', error: { Error: 'E', Cause: `{"errorMessage":${'['.repeat(9000)}${']'.repeat(9000)}}` } },
    ],
    'rollback-model': [{ alarmData, source: 'aws.cloudwatch' }],
    'plan-batch': [
      batch,
      { batchId: 'c', input: { prefix: 'datasets/tiny/source/', model: 'mnist', version: 1 } },
    ],
    'predict-part': [part, { ...part, from: 3, to: 5 }],
    'collect-batch': [{ batchId: 'b' }],
    'plan-sweep': [sweep, random],
    'collect-sweep': [{ sweepId: 's', rung: 0 }],
  });
  objects = new Map(s3.objects);
});
afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const KINDS = [
  'ConfigError',
  'IntegrityError',
  'DatasetError',
  'NotFoundError',
  'ConflictError',
  'TrainingDivergedError',
  'NoRunSucceededError',
];
/** Events of the others are fuzzed as HTTP requests and as configs. */
const TAKE_STATES = FUNCTIONS.filter((name) => !['predict', 'manage', 'validate-config'].includes(name));

it.each(TAKE_STATES)('of %s give a result or an error that says what is wrong', async (name) => {
  let cases = 0;
  const check = async (event: unknown): Promise<boolean> => {
    if (s3.objects.size !== objects.size || cases % 100 === 0) {
      s3.objects.clear();
      for (const [key, object] of objects) s3.objects.set(key, object);
    }
    if (++cases % 100 === 0) {
      s3.calls.length = 0;
      vi.mocked(process.stdout.write).mockClear();
    }
    try {
      expect(await run(name, event)).toBeTypeOf('object');
      return true;
    } catch (error) {
      expectClear(error, KINDS);
      return !(error as Error).message.startsWith('event');
    }
  };
  // A tenth of the cases for each of thirteen functions. The events exist once everything before has run.
  const inputs = fc.constant(undefined).chain(() => changed(events[name]!));
  await fuzz(`input of ${name}`, inputs, check, { short: 20, part: 0.1, deep: 0.04, constant: 200 << 20 });
});
