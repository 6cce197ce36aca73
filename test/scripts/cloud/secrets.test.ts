/**
 * What is secret stays so: values of credentials, of variables that an operator added, and of requests' headers, cookies
 * and query strings appear in no log, object, answer or history, however much goes wrong; what a request carries in its
 * body is at most told to who sent it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { beforeAll, describe, expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { PARAMETERS } from '../../../functions/contract/stacks.ts';
import { encodeJson } from '../../../functions/store/json.ts';
import { promoteNetwork } from '../../support/documents.ts';
import { useCloud } from '../../support/test-cloud.ts';

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

/** The functions get the variables and log all that they ever log. */
const app = useCloud({
  parameters: { [PARAMETERS.datasetMirrors]: MIRROR, [PARAMETERS.mirrorAccess]: 'public' },
  edit(resources) {
    for (const { Type, Properties } of Object.values(resources)) {
      if (Type !== 'AWS::Lambda::Function') continue;
      const environment = Properties!.Environment as { Variables: object };
      Object.assign(environment.Variables, VARIABLES, { POWERTOOLS_LOG_LEVEL: 'DEBUG' });
    }
  },
});
/** Status and body of every HTTP answer. */
const answers: string[] = [];
const histories: string[] = [];

beforeAll(async () => {
  const layers = [784, 4, 10];
  const architecture = { layers, activation: 'sigmoid', output: 'softmax', loss: 'crossEntropy' } as const;
  await promoteNetwork(app.store, architecture, [
    { weights: new Float32Array(784 * 4), bias: new Float32Array(4) },
    { weights: new Float32Array(4 * 10), bias: new Float32Array(10) },
  ]);
  // Serves only when it is asked for: what its document says is not so.
  await app.store.createImmutable(KEYS.version('mnist', 2), encodeJson({ version: 2 }));
});

/** @returns the status */
async function request(
  method: string,
  path: string,
  body?: RequestInit['body'],
  type = 'application/json',
): Promise<number> {
  const headers = { ...HEADERS, 'content-type': type };
  const response = await fetch(`${app.http}${path}`, { method, headers, body: body ?? null });
  answers.push(`${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`);
  return response.status;
}

async function run(...args: Parameters<typeof app.execute>): Promise<string> {
  const execution = await app.execute(...args);
  histories.push(JSON.stringify([execution, await app.history(execution.executionArn)]));
  return `${execution.status} ${execution.error}`;
}

const seen = (text: string, what: RegExp) => [...new Set(text.match(what) ?? [])];
const logs = () =>
  readdirSync(join(app.folder, 'logs'))
    .map((name) => readFileSync(join(app.folder, 'logs', name), 'utf8'))
    .join('\n');

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
      await request('POST', `/predict?${QUERY}`, pixels),
      await request('GET', `/runs?${QUERY}`),
      await request('POST', '/predict?version=2', pixels),
      await request('GET', '/models/mnist/report?version=2'),
    ];
    expect(statuses.slice(0, 2)).toEqual([200, 200]);
    expect(statuses.slice(2, 12).every((status) => status >= 400 && status < 500)).toBe(true);
    // The version's document is damaged.
    expect(statuses.slice(12)).toEqual([500, 500]);
  });

  it('runs, imports and batches fail, for many reasons', async () => {
    expect(await run('stateMachine', 'no-mirror', {})).toBe('FAILED ConfigError');
    expect(await run('stateMachine', 'no-config', { seed: -1 })).toBe('FAILED ConfigError');
    const prefix = KEYS.batchInputPrefix('files');
    await app.store.createImmutable(`${prefix}a.png`, new TextEncoder().encode(BODY));
    expect(await run('batchStateMachine', 'files', { prefix })).toBe('SUCCEEDED undefined');
    expect(await run('batchStateMachine', 'damaged', { prefix, version: 2 })).toMatch(/^FAILED \w+/);
  });

  it('functions get what they can not read', async () => {
    await app.store.createImmutable(KEYS.status('damaged'), new TextEncoder().encode('{'));
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
    const outcomes = await Promise.all(events.map(([fn, event]) => app.invoke(fn, event)));
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
    // The runtime's lines name an error's class, as it is called in the source.
    const types = [...text.matchAll(/"errorType":"(\w+)"/g)].map(([, type]) => type);
    expect([...new Set(types)].sort()).toEqual(['ConfigError', 'IntegrityError', 'NotFoundError']);
    expect(seen(text, HIDDEN)).toEqual([]);
  });

  it('the bucket', async () => {
    const keys = await app.store.list('');
    expect(keys).toContain(KEYS.status('no-mirror'));
    for (const key of keys) {
      const text = Buffer.from(await app.read(key)).toString('latin1');
      expect(seen(text, HIDDEN), key).toEqual([]);
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
