/** Everything that the app does, done once in the local cloud: what its functions may do is held against it. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { vi } from 'vitest';
import { KEYS } from '../../../../functions/contract/keys.ts';
import { METRICS } from '../../../../functions/contract/metrics.ts';
import { ROUTES } from '../../../../functions/contract/routes.ts';
import { PARAMETERS } from '../../../../functions/contract/stacks.ts';
import { changeLatest } from '../../../../functions/models/latest.ts';
import { type LocalCloud, startLocalCloud } from '../../../../scripts/cloud/cloud.ts';
import type { CloudCall } from '../../../../scripts/cloud/iam/authorizer.ts';
import { mnistFolder, startMirror } from '../../../../scripts/cloud/mnist-mirror.ts';
import { firstTestImage } from '../../../../scripts/commands/example.ts';
import { clientOf, execute, invoke, storeOf } from '../cloud-client.ts';

const WEIGHTS = join(import.meta.dirname, '../../../fixtures/formats/three-layer.pkl');
const MODEL = 'mnist';
const SWEEP = 'sweep';
const CONFIG = { iterations: 60, chunkIterations: 20, evaluateEvery: 20, learningRate: 0.5 };
const PARALLEL = { iterations: 40, workers: 2, localIterations: 10, learningRate: 0.5 };
const STOPPING = { monitor: 'testAccuracy', patience: 1, minDelta: 0.9, restoreBest: true };

/** The event of a function that trains, as far as it is looked at here. */
interface Turn {
  runId: string;
  checkpoint: { key: string };
}

/** @returns each permission that a function or state machine used. @throws Error when anything goes another way */
export async function useEverything(folder: string, assemblyDir: string): Promise<CloudCall[]> {
  const calls: CloudCall[] = [];
  const mirror = await startMirror();
  const wrongMirror = await startWrongMirror(folder);
  const start = () =>
    startLocalCloud({
      assemblyDir,
      dataDir: join(folder, 'data'),
      httpPort: 0,
      parameters: {
        [PARAMETERS.datasetMirrors]: `${wrongMirror.url},${mirror.url}`,
        [PARAMETERS.mirrorAccess]: 'any',
      },
      onCall: (call) => calls.push(call),
    });
  let cloud = await start();
  try {
    const turns = await train(cloud);
    await takeUpload(cloud);
    await importWeights(cloud);
    await predict(cloud);
    await tryCandidates(cloud);
    await predictBatches(cloud);
    await sweep(cloud);
    // Executions are forgotten with the cloud, so that the same names may run again over what is there.
    await cloud.close();
    cloud = await start();
    await forgetLastWrites(cloud);
    await train(cloud);
    await importWeights(cloud);
    await predictBatches(cloud);
    await sweep(cloud);
    await collectAgain(cloud);
    await missEverything(cloud, turns);
    return calls;
  } finally {
    await cloud.close();
    await mirror.close();
    await wrongMirror.close();
  }
}

/** A mirror whose large file is another one, which shows only after parts of it were uploaded. */
async function startWrongMirror(folder: string) {
  const wrong = join(folder, 'wrong-mirror');
  await mkdir(wrong);
  const bytes = new Uint8Array(readFileSync(join(mnistFolder(), 'train-images-idx3-ubyte')));
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(join(wrong, 'train-images-idx3-ubyte'), bytes);
  return startMirror(wrong);
}

async function succeed(...args: Parameters<typeof execute>): Promise<string> {
  const { executionArn, status, error, cause } = await execute(...args);
  if (status !== 'SUCCEEDED') throw new Error(`${args[2]}: ${status} ${error}: ${cause}`);
  return executionArn!;
}

/** @returns the first event of each function that trains, by its name, if it had any */
async function train(cloud: LocalCloud): Promise<Record<string, Turn>> {
  const executionArn = await succeed(cloud, 'stateMachine', 'straight', CONFIG);
  const chunks = await repeat(cloud, executionArn, ['TrainChunk']);
  const roundsArn = await succeed(cloud, 'stateMachine', 'rounds', PARALLEL);
  const rounds = await repeat(cloud, roundsArn, ['TrainWorker', 'ReduceRound']);
  const promotion = { metric: 'testAccuracy', tolerance: 1 };
  await succeed(cloud, 'stateMachine', 'stopped', { ...CONFIG, earlyStopping: STOPPING, promotion });
  const { status } = await execute(cloud, 'stateMachine', 'wrong', { learningRate: -1 });
  if (status !== 'FAILED') throw new Error(`a wrong config ended ${status}`);
  return { ...chunks, ...rounds };
}

/** A file of a dataset that a config declares by its key. */
async function takeUpload(cloud: LocalCloud): Promise<void> {
  const key = 'imports/uploaded/train.csv';
  await storeOf(cloud).createImmutable(key, new TextEncoder().encode('a,b\n'));
  const { error } = await invoke(cloud, 'DownloadDataset', {
    dataset: 'uploaded',
    file: 'a',
    source: { key },
  });
  if (error !== undefined) throw new Error(`download-dataset: ${JSON.stringify(error)}`);
}

/** Two rungs, as the second is planned by another function than the first. */
async function sweep(cloud: LocalCloud): Promise<void> {
  const grid = { learningRate: [0.5, 0.1] };
  const halving = { firstIterations: 20, eta: 2 };
  await succeed(cloud, 'sweepStateMachine', SWEEP, { config: CONFIG, grid, halving, model: 'swept' });
}

/** As if the execution of a run had been stopped. */
async function collectAgain(cloud: LocalCloud): Promise<void> {
  const store = storeOf(cloud);
  await store.delete(KEYS.sweepLeaderboard(SWEEP));
  await store.delete(KEYS.status(`${SWEEP}-0001`));
  const { payload, error } = await invoke(cloud, 'CollectSweep', { sweepId: SWEEP, rung: 1 });
  if (payload === undefined || !JSON.parse(payload).done) {
    throw new Error(`collect-sweep, repeated: ${payload} ${JSON.stringify(error)}`);
  }
}

async function importWeights(cloud: LocalCloud): Promise<void> {
  const bytes = readFileSync(WEIGHTS);
  const key = KEYS.importedWeights('imported', 'pkl');
  await storeOf(cloud).createImmutable(key, bytes);
  const config = { model: 'three-layer', layers: [784, 50, 100, 10] };
  const weights = { key, sha256: createHash('sha256').update(bytes).digest('hex') };
  await succeed(cloud, 'importStateMachine', 'imported', { config, weights });
}

async function request(cloud: LocalCloud, method: string, path: string, body?: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(`${cloud.endpoints.http}${path}`, init);
  if (response.status >= 400) {
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }
  await response.arrayBuffer();
  return response;
}

/** Each route of the contract. */
async function predict(cloud: LocalCloud): Promise<void> {
  const { pixels } = firstTestImage();
  const inputs = [{ name: 'pixels', datatype: 'UINT8', shape: [1, 784], data: [...pixels] }];
  for (const { method, path } of ROUTES) {
    const real = path.replace('{model}', MODEL).replace('{version}', '1').replace('{id}', 'straight');
    const body = method === 'GET' ? undefined : path === '/predict' ? { pixels } : { inputs };
    await request(cloud, method, real, body);
  }
}

async function tryCandidates(cloud: LocalCloud): Promise<void> {
  const { pixels } = firstTestImage();
  const store = storeOf(cloud);
  for (const mode of ['canary', 'shadow'] as const) {
    await changeLatest(store, MODEL, () => ({ version: 1, candidate: { version: 2, share: 1, mode } }));
    // Looked at again after two seconds at most.
    await vi.waitUntil(async () => {
      await request(cloud, 'POST', '/predict', { pixels });
      const { candidate } = (await (await fetch(`${cloud.endpoints.http}/models/${MODEL}`)).json()) as {
        candidate?: { mode: string };
      };
      return candidate === undefined || candidate.mode === mode;
    });
  }
  const { payload, error } = await invoke(cloud, 'RollbackModel', alarmOn(MODEL));
  if (payload === undefined || JSON.parse(payload).ended !== 2) {
    throw new Error(`rollback-model: ${payload} ${JSON.stringify(error)}`);
  }
}

function alarmOn(model: string): object {
  const metric = { dimensions: { [METRICS.byModel]: model } };
  const configuration = { metrics: [{ metricStat: { metric } }] };
  return { alarmData: { alarmName: 'candidate', state: { value: 'ALARM' }, configuration } };
}

/** Each function's first event again, as Lambda may deliver one twice. @returns those that there were */
async function repeat(
  cloud: LocalCloud,
  executionArn: string,
  functions: string[],
): Promise<Record<string, Turn>> {
  const { events } = await clientOf(cloud).send(
    new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
  );
  const repeated: Record<string, Turn> = {};
  for (const fn of functions) {
    const scheduled = events!
      .flatMap(({ lambdaFunctionScheduledEventDetails: details }) => details ?? [])
      .find(({ resource }) => resource!.includes(`-${fn}Function`));
    // A run that goes on where it was finished trains nothing.
    if (scheduled === undefined) continue;
    const event = JSON.parse(scheduled.input!) as Turn;
    const { error } = await invoke(cloud, fn, event);
    if (error !== undefined) throw new Error(`${fn}, repeated: ${JSON.stringify(error)}`);
    repeated[fn] = event;
  }
  return repeated;
}

/** As if what writes last had been killed before it did: it finds everything else written. */
async function forgetLastWrites(cloud: LocalCloud): Promise<void> {
  const store = storeOf(cloud);
  await store.delete(KEYS.manifest(MODEL));
  for (const batch of ['images', 'rows']) await store.delete(KEYS.batchSummary(batch));
}

/** What isn't there is told as such, not as forbidden. */
async function missEverything(cloud: LocalCloud, turns: Record<string, Turn>): Promise<void> {
  const ended = await invoke(cloud, 'RollbackModel', alarmOn('unknown'));
  if (ended.error !== undefined) throw new Error(`rollback-model: ${JSON.stringify(ended.error)}`);
  const missing: [string, object][] = [
    ...Object.entries(turns).map(([fn, turn]): [string, object] => {
      const checkpoint = { ...turn.checkpoint, key: KEYS.checkpoint('unknown', 0) };
      return [fn, { ...turn, runId: 'unknown', checkpoint }];
    }),
    ['PredictPart', { batchId: 'unknown', part: 0, from: 0, to: 1 }],
    ['DownloadDataset', { dataset: 'unknown', file: 'a', source: { key: 'imports/unknown' } }],
  ];
  for (const [fn, event] of missing) {
    const { payload, error } = await invoke(cloud, fn, event);
    // A worker answers what is wrong.
    const answered =
      payload === undefined ? undefined : (JSON.parse(payload) as { error?: { name: string } });
    if ((error?.errorType ?? answered?.error?.name) !== 'NotFoundError') {
      throw new Error(`${fn}: ${payload} ${JSON.stringify(error)}`);
    }
  }
}

async function predictBatches(cloud: LocalCloud): Promise<void> {
  const prefix = KEYS.batchInputPrefix('images');
  await storeOf(cloud).createImmutable(`${prefix}text.png`, new TextEncoder().encode('no image'));
  await succeed(cloud, 'batchStateMachine', 'images', { prefix });
  const file = KEYS.source(MODEL, 'train-images-idx3-ubyte');
  await succeed(cloud, 'batchStateMachine', 'rows', { file, model: MODEL, version: 1 });
}
