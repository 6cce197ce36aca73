/** Everything that the app does, done once in the local cloud: what its functions may do is held against it. */
import { vi } from 'vitest';
import { encodeWeights } from '../../../../core/exchange/weights.ts';
import { KEYS } from '../../../../functions/contract/keys.ts';
import { METRICS } from '../../../../functions/contract/metrics.ts';
import { ROUTES } from '../../../../functions/contract/routes.ts';
import { changeLatest } from '../../../../functions/models/latest.ts';
import { getVersion } from '../../../../functions/models/versions.ts';
import { encodeJson } from '../../../../functions/store/json.ts';
import { sha256 } from '../../../../functions/store/sha256.ts';
import type { CloudCall } from '../../../../scripts/cloud/iam/authorizer.ts';
import { idxOf, uploadTiny } from '../../../functions/support/tiny-dataset.ts';
import { TestCloud } from '../../../support/test-cloud.ts';

type Tiny = Awaited<ReturnType<typeof uploadTiny>>;
const MODEL = 'mnist';
const SWEEP = 'sweep';
const STEPS = { iterations: 60, chunkIterations: 20, evaluateEvery: 10, learningRate: 0.5 };
/** Versions that a promotion folds with its own. */
const MANY_VERSIONS = 5;
const PARALLEL = { iterations: 120, workers: 2, localIterations: 10, learningRate: 0.5 };
const STOPPING = { monitor: 'testAccuracy', patience: 1, minDelta: 0.9, restoreBest: true };
/** Rows of a batch whose predictions are uploaded in parts. */
const MANY_ROWS = 90_000;
const PIXELS = [9, 9, 9, 200, 200, 200, 9, 9, 9];

/** @returns each permission that a function or state machine used. @throws Error when anything goes another way */
export async function useEverything(): Promise<CloudCall[]> {
  const calls: CloudCall[] = [];
  const app = new TestCloud({ onCall: (call) => calls.push(call) });
  try {
    await app.start();
    const dataset = await uploadTiny(app.store);
    await app.store.createImmutable(KEYS.declaration(dataset.dataset.name), encodeJson(dataset.dataset));
    const named = { ...dataset, dataset: dataset.dataset.name };
    const executions = await train(app, dataset, named);
    await refuseUpload(app);
    await downloadAlone(app);
    executions.push(await importWeights(app, dataset));
    await predict(app);
    await manage(app, dataset);
    await tryCandidates(app);
    executions.push(...(await predictBatches(app)), await sweep(app, named));
    const events = await scheduled(app, executions);
    await forgetLastWrites(app);
    for (const { fn, event } of events) {
      const { error } = await app.invoke(fn, event);
      if (error !== undefined) throw new Error(`${fn}, repeated: ${JSON.stringify(error)}`);
    }
    await collectAgain(app);
    await missEverything(app, events);
    return calls;
  } finally {
    await app.close();
  }
}

/** @returns its ARN */
async function succeed(app: TestCloud, ...args: Parameters<TestCloud['execute']>): Promise<string> {
  const { executionArn, status, error, cause } = await app.execute(...args);
  if (status !== 'SUCCEEDED') throw new Error(`${args[1]}: ${status} ${error}: ${cause}`);
  return executionArn!;
}

async function train(app: TestCloud, dataset: object, named: object): Promise<string[]> {
  const config = { ...dataset, ...STEPS };
  const straight = await succeed(app, 'stateMachine', 'straight', { ...named, ...STEPS });
  const rounds = await succeed(app, 'stateMachine', 'rounds', { ...dataset, ...PARALLEL });
  const promotion = { metric: 'testAccuracy', tolerance: 1 };
  const stopping = { ...config, earlyStopping: STOPPING, promotion };
  await addVersions(app);
  const stopped = await succeed(app, 'stateMachine', 'stopped', stopping);
  // Each function that may make the index of runs does.
  await app.store.delete(KEYS.runIndex);
  for (const [name, wrong] of Object.entries({
    rate: { learningRate: -1 },
    dataset: { dataset: 'unknown' },
  })) {
    const { status } = await app.execute('stateMachine', `wrong-${name}`, wrong);
    if (status !== 'FAILED') throw new Error(`a wrong ${name} ended ${status}`);
  }
  return [straight, rounds, stopped];
}

/** So many that the next promotion folds them. */
async function addVersions(app: TestCloud): Promise<void> {
  const document = await getVersion(app.store, MODEL, 1);
  for (let version = 3; version <= MANY_VERSIONS; version++) {
    await app.store.createImmutable(KEYS.version(MODEL, version), encodeJson({ ...document, version }));
  }
}

/** A large file that is another than was declared, which shows only after parts of it were stored. */
async function refuseUpload(app: TestCloud): Promise<void> {
  const key = 'imports/other/large';
  await app.store.createImmutable(key, new Uint8Array(9_000_000));
  const source = { key, sha256: '0'.repeat(64) };
  const files = [{ dataset: 'other', file: 'a', source }];
  for (const fn of ['DownloadDataset', 'ShardDataset']) {
    const { error } = await app.invoke(fn, { files, ...(fn === 'ShardDataset' && { dataset: 'mnist' }) });
    if (error?.errorType !== 'IntegrityError') throw new Error(`${fn}: ${JSON.stringify(error)}`);
  }
}

/** What only happens where an invocation of ShardDataset has too little time. */
async function downloadAlone(app: TestCloud): Promise<void> {
  const source = { key: 'imports/other/small' };
  await app.store.createImmutable(source.key, new Uint8Array(9));
  const { error } = await app.invoke('DownloadDataset', { files: [{ dataset: 'other', file: 'b', source }] });
  if (error !== undefined) throw new Error(`DownloadDataset: ${JSON.stringify(error)}`);
}

/** Two rungs, as the second is planned by another function than the first. */
async function sweep(app: TestCloud, dataset: object): Promise<string> {
  const config = { ...dataset, ...STEPS };
  const grid = { learningRate: [0.5, 0.1] };
  const halving = { firstIterations: 20, eta: 2 };
  return succeed(app, 'sweepStateMachine', SWEEP, { config, grid, halving, model: 'swept' });
}

/** As if the execution of a run had been stopped. */
async function collectAgain(app: TestCloud): Promise<void> {
  const store = app.store;
  await store.delete(KEYS.sweepLeaderboard(SWEEP));
  await store.delete(KEYS.status(`${SWEEP}-0001`));
  const { payload, error } = await app.invoke('CollectSweep', { sweepId: SWEEP, rung: 1 });
  if (payload === undefined || !JSON.parse(payload).done) {
    throw new Error(`collect-sweep, repeated: ${payload} ${JSON.stringify(error)}`);
  }
}

async function importWeights(app: TestCloud, dataset: object): Promise<string> {
  const bytes = encodeWeights([{ weights: new Float32Array(9 * 3).fill(0.1), bias: new Float32Array(3) }]);
  const key = KEYS.importedWeights('imported', 'safetensors');
  await app.store.createImmutable(key, bytes);
  const weights = { key, sha256: sha256(bytes) };
  const config = { ...dataset, model: 'taken' };
  return succeed(app, 'importStateMachine', 'imported', { config, weights });
}

async function request(app: TestCloud, method: string, path: string, body?: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(`${app.http}${path}`, init);
  if (response.status >= 400) {
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }
  await response.arrayBuffer();
  return response;
}

/** Each route of the contract that only reads. */
async function predict(app: TestCloud): Promise<void> {
  const inputs = [{ name: 'pixels', datatype: 'UINT8', shape: [1, 9], data: PIXELS }];
  for (const { method, path } of ROUTES.filter(({ manages }) => !manages)) {
    const real = path.replace('{model}', MODEL).replace('{version}', '1').replace('{id}', 'straight');
    const body = method === 'GET' ? undefined : path === '/predict' ? { pixels: PIXELS } : { inputs };
    await request(app, method, real, body);
  }
  // Without an index it lists all runs.
  await app.store.delete(KEYS.runIndex);
  await request(app, 'GET', '/runs');
}

/** Each route of the contract that changes something. */
async function manage(app: TestCloud, { dataset, ...network }: Tiny): Promise<void> {
  const config = { ...network, dataset: dataset.name, iterations: 9_000_000, chunkIterations: 20_000 };
  await request(app, 'POST', '/runs', { config, name: 'managed' });
  await vi.waitUntil(async () => (await app.store.size(KEYS.status('managed'))) !== undefined, 60_000);
  await request(app, 'POST', '/runs/managed/stop', {});
  const { stoppedAt } = JSON.parse(new TextDecoder().decode(await app.read(KEYS.status('managed'))));
  if (stoppedAt === undefined) throw new Error('the run that was stopped does not say so');
  await request(app, 'POST', `/models/${MODEL}/promote`, { version: 1 });
  for (const action of ['rollback', 'end-trial']) {
    await request(app, 'POST', `/models/${MODEL}/${action}`, {});
  }
}

async function tryCandidates(app: TestCloud): Promise<void> {
  const store = app.store;
  for (const mode of ['canary', 'shadow'] as const) {
    await changeLatest(store, MODEL, () => ({ version: 1, candidate: { version: 2, share: 1, mode } }));
    // Looked at again after two seconds at most.
    await vi.waitUntil(async () => {
      await request(app, 'POST', '/predict', { pixels: PIXELS });
      const { candidate } = (await (await fetch(`${app.http}/models/${MODEL}`)).json()) as {
        candidate?: { mode: string };
      };
      return candidate === undefined || candidate.mode === mode;
    });
  }
  const { payload, error } = await app.invoke('RollbackModel', alarmOn(MODEL));
  if (payload === undefined || JSON.parse(payload).ended !== 2) {
    throw new Error(`rollback-model: ${payload} ${JSON.stringify(error)}`);
  }
}

function alarmOn(model: string): object {
  const metric = { dimensions: { [METRICS.byModel]: model } };
  const configuration = { metrics: [{ metricStat: { metric } }] };
  return { alarmData: { alarmName: 'candidate', state: { value: 'ALARM' }, configuration } };
}

interface Scheduled {
  fn: string;
  event: object;
}

/** What the executions invoked, and those of their Maps' items. */
async function scheduled(app: TestCloud, executions: readonly string[]): Promise<Scheduled[]> {
  const histories = await Promise.all(executions.map((arn) => app.wholeHistory(arn)));
  return histories
    .flat()
    .flatMap(({ lambdaFunctionScheduledEventDetails: details }) => details ?? [])
    .map(({ resource, input }) => ({
      fn: /-(\w+)Function\w*$/.exec(resource!)![1]!,
      event: JSON.parse(input!) as object,
    }));
}

/** As if what writes last had been killed before it did: it finds everything else written. */
async function forgetLastWrites(app: TestCloud): Promise<void> {
  const store = app.store;
  await store.delete(KEYS.manifest('tiny'));
  for (const batch of ['images', 'rows']) await store.delete(KEYS.batchSummary(batch));
}

/** What isn't there is told as such, not as forbidden. */
async function missEverything(app: TestCloud, events: readonly Scheduled[]): Promise<void> {
  const ended = await app.invoke('RollbackModel', alarmOn('unknown'));
  if (ended.error !== undefined) throw new Error(`rollback-model: ${JSON.stringify(ended.error)}`);
  const missing: [string, object][] = [
    ...['TrainChunk', 'TrainWorker', 'ReduceRound'].map((fn): [string, object] => {
      const turn = events.find((one) => one.fn === fn)!.event as { checkpoint: object };
      const checkpoint = { ...turn.checkpoint, key: KEYS.checkpoint('unknown', 0) };
      return [fn, { ...turn, runId: 'unknown', checkpoint }];
    }),
    ['PredictPart', { batchId: 'unknown', part: 0, from: 0, to: 1 }],
    ['DownloadDataset', { files: [{ dataset: 'unknown', file: 'a', source: { key: 'imports/unknown' } }] }],
  ];
  for (const [fn, event] of missing) {
    const { payload, error } = await app.invoke(fn, event);
    // A worker answers what is wrong.
    const answered =
      payload === undefined ? undefined : (JSON.parse(payload) as { error?: { name: string } });
    if ((error?.errorType ?? answered?.error?.name) !== 'NotFoundError') {
      throw new Error(`${fn}: ${payload} ${JSON.stringify(error)}`);
    }
  }
}

async function predictBatches(app: TestCloud): Promise<string[]> {
  const prefix = KEYS.batchInputPrefix('images');
  await app.store.createImmutable(`${prefix}text.png`, new TextEncoder().encode('no image'));
  const images = await succeed(app, 'batchStateMachine', 'images', { prefix });
  const file = KEYS.source('many', 'images');
  await app.store.createImmutable(file, idxOf([MANY_ROWS, 3, 3], new Array(MANY_ROWS * 9).fill(9)));
  return [images, await succeed(app, 'batchStateMachine', 'rows', { file, model: MODEL, version: 1 })];
}
