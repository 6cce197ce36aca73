/**
 * What is secret stays so: values of credentials, of variables that an operator added, and of requests' headers, cookies
 * and query strings appear in no log, object, answer or history, however much goes wrong; what a request carries in its
 * body is at most told to who sent it.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { encodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { PARAMETERS } from '../../../functions/contract/stacks.ts';
import { jobConfigSchema } from '../../../functions/schemas/config.ts';
import { modelVersion } from '../../../functions/schemas/documents.ts';
import { encodeJson } from '../../../functions/store/json.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import type { Template } from '../../../scripts/cloud/assembly.ts';
import { type LocalCloud, startLocalCloud } from '../../../scripts/cloud/cloud.ts';
import { clientOf, execute, invoke, storeOf } from './cloud-client.ts';

/** Each with a text that is nowhere else; none may be seen anywhere. */
const VARIABLES = {
  AWS_SECRET_ACCESS_KEY: 'HIDDEN-secret-access-key',
  AWS_SESSION_TOKEN: 'HIDDEN-session-token',
  DATABASE_PASSWORD: 'HIDDEN-database-password',
};
const HEADERS = {
  authorization: 'Bearer HIDDEN-authorization',
  cookie: 'session=HIDDEN-cookie',
  'x-api-key': 'HIDDEN-api-key',
  'x-amz-security-token': 'HIDDEN-header-token',
};
const QUERY = 'token=HIDDEN-query';
const MIRROR = 'ftp://operator:HIDDEN-mirror@mirror.example/';
const HIDDEN = /HIDDEN[\w-]*/g;
/** In bodies and uploaded files: whoever sent it may be told what was wrong with it. */
const BODY = 'CARRIED-body';
const CARRIED = /CARRIED[\w-]*/g;

let folder: string;
let cloud: LocalCloud;
/** Status and body of every HTTP answer. */
const answers: string[] = [];
const histories: string[] = [];

/** The assembly, whose functions get the variables and log all that they ever log. */
function withVariables(): string {
  const assembly = join(folder, 'assembly');
  cpSync(inject('assembly'), assembly, { recursive: true });
  for (const file of readdirSync(assembly).filter((name) => name.endsWith('.template.json'))) {
    const template = JSON.parse(readFileSync(join(assembly, file), 'utf8')) as Template;
    for (const { Type, Properties } of Object.values(template.Resources)) {
      if (Type !== 'AWS::Lambda::Function') continue;
      const environment = Properties!.Environment as { Variables: object };
      Object.assign(environment.Variables, VARIABLES, { POWERTOOLS_LOG_LEVEL: 'DEBUG' });
    }
    writeFileSync(join(assembly, file), JSON.stringify(template));
  }
  return assembly;
}

/** A model that answers. */
async function promote(): Promise<void> {
  const store = storeOf(cloud);
  const layers = [784, 4, 10];
  const bytes = encodeCheckpoint({
    step: 0,
    configHash: '0'.repeat(64),
    loss: null,
    architecture: { layers, activation: 'sigmoid', output: 'softmax', loss: 'crossEntropy' },
    layers: [
      { weights: new Float32Array(784 * 4), bias: new Float32Array(4) },
      { weights: new Float32Array(4 * 10), bias: new Float32Array(10) },
    ],
    optimizerState: new Map(),
  });
  const key = KEYS.checkpoint('pretrained', 0);
  await store.createImmutable(key, bytes);
  const document = modelVersion.parse({
    formatVersion: 1,
    model: 'mnist',
    version: 1,
    runId: 'pretrained',
    step: 0,
    checkpoint: { key, sha256: sha256(bytes), bytes: bytes.length },
    metrics: { loss: null, trainAccuracy: null, testAccuracy: null },
    config: jobConfigSchema.parse({ layers }),
    dataset: { name: 'mnist', manifestSha256: '0'.repeat(64) },
    gitRevision: 'unknown',
    promotedAt: new Date(0).toISOString(),
  });
  await store.createImmutable(KEYS.version('mnist', 1), encodeJson(document));
  await store.createImmutable(KEYS.latest('mnist'), encodeJson({ version: 1 }));
  // Serves only when it is asked for: what its document says is not so.
  await store.createImmutable(KEYS.version('mnist', 2), encodeJson({ version: 2 }));
}

/** @returns the status */
async function request(
  method: string,
  path: string,
  body?: RequestInit['body'],
  type = 'application/json',
): Promise<number> {
  const url = `${cloud.endpoints.http}${path}${path.includes('?') ? '&' : '?'}${QUERY}`;
  const headers = { ...HEADERS, 'content-type': type };
  const response = await fetch(url, { method, headers, body: body ?? null });
  answers.push(`${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`);
  return response.status;
}

async function run(machine: Parameters<typeof execute>[1], name: string, input: object): Promise<string> {
  const execution = await execute(cloud, machine, name, input);
  const { executionArn } = execution;
  const { events } = await clientOf(cloud).send(
    new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
  );
  histories.push(JSON.stringify([execution, events]));
  return `${execution.status} ${execution.error}`;
}

const seen = (text: string, what: RegExp) => [...new Set(text.match(what) ?? [])];
const logs = () =>
  readdirSync(join(folder, 'data/logs'))
    .map((name) => readFileSync(join(folder, 'data/logs', name), 'utf8'))
    .join('\n');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stepnet-secrets-'));
  cloud = await startLocalCloud({
    assemblyDir: withVariables(),
    dataDir: join(folder, 'data'),
    httpPort: 0,
    parameters: { [PARAMETERS.datasetMirrors]: MIRROR },
  });
  await promote();
});
afterAll(async () => {
  await cloud?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('while this goes on', () => {
  it('requests are answered, refused and fail', async () => {
    const pixels = JSON.stringify({ pixels: new Array(784).fill(9) });
    const png = encode({ width: 28, height: 28, channels: 1, data: new Uint8Array(784).fill(9) });
    const text = Buffer.from(png.subarray(0, 8)).toString('latin1') + BODY;
    const statuses = [
      await request('GET', '/v2/health/live'),
      await request('POST', '/predict', pixels),
      await request('POST', '/predict', JSON.stringify({ pixels: [BODY] })),
      await request('POST', '/predict', `{"pixels": ${BODY}`),
      await request('POST', '/predict', Buffer.from(text, 'latin1'), 'image/png'),
      await request('POST', '/predict', BODY, `text/${BODY}`),
      await request('POST', '/v2/models/mnist/infer', JSON.stringify({ inputs: [{ name: BODY }] })),
      await request('GET', '/models/unknown'),
      await request('GET', '/nowhere'),
      await request('DELETE', '/predict'),
      await request('POST', '/predict?version=2', pixels),
      await request('GET', '/models/mnist/report?version=2'),
    ];
    expect(statuses.slice(0, 2)).toEqual([200, 200]);
    expect(statuses.slice(2, 10).every((status) => status >= 400 && status < 500)).toBe(true);
    // The version's document is damaged.
    expect(statuses.slice(10)).toEqual([500, 500]);
  });

  it('runs, imports and batches fail, for many reasons', async () => {
    expect(await run('stateMachine', 'no-mirror', {})).toBe('FAILED ConfigError');
    expect(await run('stateMachine', 'no-config', { seed: -1 })).toBe('FAILED ConfigError');
    const prefix = KEYS.batchInputPrefix('files');
    await storeOf(cloud).createImmutable(`${prefix}a.png`, new TextEncoder().encode(BODY));
    expect(await run('batchStateMachine', 'files', { prefix })).toBe('SUCCEEDED undefined');
    expect(await run('batchStateMachine', 'damaged', { prefix, version: 2 })).toMatch(/^FAILED \w+/);
  });

  it('functions get what they can not read', async () => {
    await storeOf(cloud).createImmutable(KEYS.status('damaged'), new TextEncoder().encode('{'));
    const error = { Error: 'Any', Cause: '{}' };
    const events: [string, object][] = [
      ['RecordFailure', { runId: 'damaged', error }],
      ['TrainChunk', { runId: 'damaged' }],
      ['StartRun', {}],
      ['PromoteModel', { runId: 'damaged', step: -1 }],
      ['ShardDataset', { dataset: 'mnist' }],
      ['ImportModel', {}],
      ['CollectBatch', { batchId: 'none' }],
      ['RollbackModel', {}],
    ];
    const outcomes = await Promise.all(events.map(([fn, event]) => invoke(cloud, fn, event)));
    for (const outcome of outcomes) expect(outcome.error?.errorType).toBeTruthy();
    histories.push(JSON.stringify(outcomes));
    expect(await request('GET', '/runs')).toBe(500);
  });
});

describe('nothing hidden is in', () => {
  it('the logs, which tell of all that', () => {
    const text = logs();
    for (const said of ['request failed', 'ConfigError', 'IntegrityError', 'NotFoundError'])
      expect(text).toContain(said);
    expect(seen(text, HIDDEN)).toEqual([]);
  });

  it('the bucket', async () => {
    const store = storeOf(cloud);
    const keys = await store.list('');
    expect(keys).toContain(KEYS.status('no-mirror'));
    for (const key of keys) {
      const { body } = (await store.get(key))!;
      expect(seen(Buffer.from(body).toString('latin1'), HIDDEN), key).toEqual([]);
    }
  });

  it('the answers', () => {
    expect(answers.length).toBeGreaterThan(10);
    for (const answer of answers) expect(seen(answer, HIDDEN), answer).toEqual([]);
  });

  it('the histories of executions, and the errors of functions', () => {
    expect(histories.join()).toContain('with a user name');
    for (const history of histories) expect(seen(history, HIDDEN), history).toEqual([]);
  });
});

it('what a body or a file carries is not in the logs', () => {
  expect(seen(answers.join(), CARRIED)).toContain(BODY);
  expect(seen(logs(), CARRIED)).toEqual([]);
});
