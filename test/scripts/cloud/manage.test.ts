/** Runs are started and stopped, and versions promoted, over HTTP: in the whole local cloud, which holds manage to its role. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { runStatus } from '../../../functions/schemas/documents.ts';
import { encodeJson } from '../../../functions/store/json.ts';
import { getDocument } from '../../../functions/store/verified.ts';
import { uploadTiny } from '../../functions/support/tiny-dataset.ts';
import { useCloud } from '../../support/test-cloud.ts';

const app = useCloud();
const SHORT = { iterations: 60, chunkIterations: 20, evaluateEvery: 20, learningRate: 0.5 };
/** Takes minutes, in turns of some milliseconds. */
const LONG = { iterations: 9_000_000, chunkIterations: 20_000, evaluateEvery: 9_000_000 };
let dataset: object;
beforeAll(async () => {
  dataset = await uploadTiny(app.store);
});

interface Answer {
  status: number;
  location: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API says, which the tests look into
  body: any;
}

async function post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${app.http}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    location: response.headers.get('location'),
    body: await response.json(),
  };
}
const withKey = (key: string) => ({ 'idempotency-key': key });

async function executions(): Promise<string[]> {
  const stateMachineArn = app.output('stateMachine');
  const { executions: found } = await app.client.send(new ListExecutionsCommand({ stateMachineArn }));
  return found!.map(({ name }) => name!);
}
const statusOf = (runId: string) => getDocument(app.store, runStatus, KEYS.status(runId));
const ended = (runId: string) =>
  vi.waitUntil(async () => {
    const { body } = await post('/runs', { config: { ...dataset, ...SHORT }, name: runId });
    return body.status !== 'RUNNING' && body;
  }, 60_000);
const began = (runId: string) =>
  vi.waitUntil(async () => (await app.store.list(KEYS.metricsPrefix(runId))).length > 0, 60_000);

describe('a run', () => {
  it('is started once for each key, whether it still runs or has ended', async () => {
    const config = { ...dataset, ...SHORT };
    const started = await post('/runs', { config }, withKey('mine'));
    // printf mine | sha256sum
    const id = 'tiny-3fd30542fe3f61b1';
    expect(started).toEqual({
      status: 201,
      location: `/runs/${id}`,
      body: { id, executionName: id, status: 'RUNNING' },
    });
    const again = await post('/runs', { config }, withKey('mine'));
    expect(again).toMatchObject({ status: 200, location: `/runs/${id}`, body: { id, executionName: id } });
    // Said otherwise it is the same.
    const { layers: _, ...inferred } = { layers: [], ...config };
    expect(await ended(id)).toMatchObject({ status: 'SUCCEEDED' });
    const after = await post('/runs', { config: { ...inferred, hidden: [] } }, withKey('mine'));
    expect(after).toMatchObject({ status: 200, body: { id, executionName: id, status: 'SUCCEEDED' } });
    expect(await executions()).toEqual([id]);
    expect(await statusOf(id)).toMatchObject({ state: 'succeeded', version: 1 });
    expect((await post('/runs', { config }, withKey('yours'))).body.id).not.toBe(id);
  });

  it('is not begun again under a name that another config has: both are told', async () => {
    const config = { ...dataset, ...SHORT };
    expect(await post('/runs', { config, name: 'named' })).toMatchObject({
      status: 201,
      body: { id: 'named' },
    });
    const other = { ...config, learningRate: 0.25 };
    const refusal = {
      status: 409,
      body: { field: 'name', error: expect.stringMatching(/run named .* learningRate 0.25 instead of 0.5/) },
    };
    expect(await post('/runs', { config: other, name: 'named' })).toMatchObject(refusal);
    await ended('named');
    expect(await post('/runs', { config: other, name: 'named' })).toMatchObject(refusal);
    // The data of a sweep, an import and a run of long ago outlive what Step Functions knows.
    expect(await post('/runs', { config: other, name: 'named.1' })).toMatchObject(refusal);
  });

  it('has a name of its own without name and key', async () => {
    const config = { ...dataset, ...SHORT };
    const ids = await Promise.all([1, 2].map(async () => (await post('/runs', { config })).body.id));
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^tiny-\d{8}-\d{6}-[0-9a-f]{4}$/);
  });

  it('with a wrong config is refused as ValidateConfig would, and nothing begins', async () => {
    const before = await executions();
    expect(await post('/runs', { config: { ...dataset, learningRate: -1, sead: 3 } })).toMatchObject({
      status: 422,
      body: {
        field: 'config.learningRate',
        error: expect.stringMatching(
          /^config\.learningRate: got -1, expected above 0; config: unknown "sead"/,
        ),
      },
    });
    expect(await post('/runs', { config: { layers: [784, 5, 7] } })).toMatchObject({
      status: 422,
      body: {
        field: 'config.layers[2]',
        error: expect.stringMatching(/^config.layers\[2\]: got 7, expected 10/),
      },
    });
    expect(await post('/runs', { config: {}, name: 'nobody.2' })).toMatchObject({
      status: 422,
      body: { field: 'name', error: expect.stringContaining('there is none') },
    });
    expect(await executions()).toEqual(before);
  });

  it('is stopped, says so, and goes on under its next name', async () => {
    const config = { ...dataset, ...LONG };
    await post('/runs', { config, name: 'stopped' });
    await began('stopped');
    expect(await post('/runs/stopped/stop', {})).toMatchObject({
      status: 200,
      body: { id: 'stopped', stopped: true },
    });
    const { state, stoppedAt } = await statusOf('stopped');
    expect({ state, hasTime: Date.parse(stoppedAt!) > 0 }).toEqual({ state: 'running', hasTime: true });
    expect((await post('/runs', { config, name: 'stopped' })).body.status).toBe('ABORTED');
    expect((await post('/runs/stopped/stop')).body).toEqual({ id: 'stopped', stopped: false });

    expect(await post('/runs', { config, name: 'stopped.1' })).toMatchObject({
      status: 201,
      location: '/runs/stopped',
      body: { id: 'stopped', executionName: 'stopped.1', status: 'RUNNING' },
    });
    await vi.waitUntil(async () => (await statusOf('stopped')).stoppedAt === undefined, 60_000);
    expect((await post('/runs/stopped/stop')).body).toEqual({ id: 'stopped', stopped: true });
  });

  it('that is not there, has ended, or is no name at all, is not stopped', async () => {
    expect(await post('/runs/nobody/stop')).toMatchObject({ status: 404, body: { field: 'id' } });
    expect(await post('/runs/named/stop')).toMatchObject({
      status: 409,
      body: { error: 'id: run named has ended: it has succeeded' },
    });
    expect(await post('/runs/a.b/stop')).toMatchObject({ status: 404 });
  });

  it('is stopped before it has written anything', async () => {
    // Its one file is asked for again and again.
    const at = 'http://127.0.0.1:9/';
    const file = { url: `${at}a` };
    const files = { train: { images: file, labels: file }, test: { images: file, labels: file } };
    const config = { dataset: { name: 'nowhere', format: 'idx', files }, layers: [4, 2] };
    await post('/runs', { config, name: 'early' });
    expect((await post('/runs/early/stop')).body).toEqual({ id: 'early', stopped: true });
    expect(await post('/runs/early/stop')).toMatchObject({ status: 200, body: { stopped: false } });
  });

  it('may name a dataset that was added, and no other', async () => {
    const { dataset: declaration } = dataset as Awaited<ReturnType<typeof uploadTiny>>;
    await app.store.createImmutable(KEYS.declaration('tiny'), encodeJson(declaration));
    const config = { ...SHORT, dataset: 'tiny', hidden: [], batchSize: 5 };
    const started = await post('/runs', { config, name: 'by-name' });
    expect([started.status, started.body.id]).toEqual([201, 'by-name']);
    const end = () =>
      vi.waitUntil(
        async () => (await post('/runs', { config, name: 'by-name' })).body.status !== 'RUNNING',
        60_000,
      );
    await end();
    expect(await statusOf('by-name')).toMatchObject({ state: 'succeeded' });
    const unknown = await post('/runs', { config: { ...config, dataset: 'tinny' } });
    expect([unknown.status, unknown.body.error]).toEqual([
      422,
      expect.stringContaining('config.dataset: got "tinny", expected one of mnist'),
    ]);
  });
});

describe('versions', () => {
  beforeAll(async () => {
    for (const name of ['one', 'two', 'three']) {
      const promotion = { promotion: 'always' };
      await app.execute('stateMachine', name, { ...dataset, ...SHORT, ...promotion, model: 'own' });
    }
  });

  it('are promoted, and gone back from once for what the caller has seen', async () => {
    expect(await post('/models/own/promote', { version: 1 })).toMatchObject({
      status: 200,
      body: { model: 'own', version: 1, before: 3, trial: null },
    });
    const back = { from: 1 };
    expect(await post('/models/own/rollback', back)).toMatchObject({
      status: 200,
      body: { model: 'own', from: 1, version: 3, endedTrial: null },
    });
    // Its answer was lost, say.
    expect(await post('/models/own/rollback', back)).toMatchObject({
      status: 409,
      body: { error: 'version 3 of own serves, not 1; nothing was rolled back' },
    });
    expect(await post('/models/own/rollback')).toMatchObject({ body: { from: 3, version: 2 } });
    expect(await post('/models/own/rollback')).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining('nothing served before version 2') },
    });
  });

  it('are put on trial, and the trial ends', async () => {
    const trial = { mode: 'shadow', share: 0.5 };
    expect(await post('/models/own/promote', { version: 3, trial })).toMatchObject({
      status: 200,
      body: { version: 3, before: 2, trial },
    });
    expect(await post('/models/own/end-trial')).toMatchObject({ body: { model: 'own', endedTrial: 3 } });
    expect(await post('/models/own/end-trial')).toMatchObject({ status: 200, body: { endedTrial: null } });
    await post('/models/own/promote', { version: 3, trial });
    expect(await post('/models/own/rollback')).toMatchObject({ body: { version: 2, endedTrial: 3 } });
    expect(await post('/models/own/promote', { version: 2, trial })).toMatchObject({ status: 409 });
  });

  it.each([
    ['/models/own/promote', { version: 9 }, 404, /model own has no version 9/],
    ['/models/nobody/promote', { version: 1 }, 404, /model nobody has no version 1/],
    ['/models/nobody/rollback', {}, 404, /no model nobody was promoted/],
    ['/models/own/promote', { version: 0 }, 422, /^version: got 0, /],
    ['/models/own/promote', {}, 422, /^version: got nothing, /],
    ['/models/own/promote', { version: 1, verson: 1 }, 422, /^verson: unknown field, /],
    ['/models/own/rollback?from=1', {}, 400, /^from: unknown, /],
    ['/models/%20/rollback', {}, 404, /^model: got " "/],
  ])('POST %s %j is refused with %s', async (path, body, status, message) => {
    const { body: answer, ...refused } = await post(path, body);
    expect(refused).toMatchObject({ status });
    expect(answer.error).toMatch(message);
  });
});

describe('a page of another origin', () => {
  const BODY = JSON.stringify({ config: {} });
  /** What a browser sends without asking first. */
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', undefined])(
    'starts nothing with what its browser sends unasked: %s',
    async (type) => {
      const before = await executions();
      for (const path of ['/runs', '/runs/named/stop', '/models/own/rollback']) {
        const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
        // A Blob without a type has none.
        const response = await fetch(`${app.http}${path}`, {
          method: 'POST',
          headers,
          body: new Blob([BODY]),
        });
        expect(response.status, path).toBe(415);
        expect(await response.json()).toMatchObject({ field: 'content-type' });
      }
      expect(await executions()).toEqual(before);
    },
  );

  it('is not told that it may send anything else', async () => {
    const response = await fetch(`${app.http}/runs`, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://a.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    expect(response.ok).toBe(false);
  });

  it.each(['a.example', 'a.example:80', '127.0.0.1.a.example', '169.254.1.1'])(
    'whose name %s leads here is refused',
    async (host) => {
      const { hostname, port } = new URL(app.http);
      const headers = { host, 'content-type': 'application/json' };
      const asked = httpRequest({ hostname, port, path: '/runs', method: 'POST', headers }).end(BODY);
      const [response] = await once(asked, 'response');
      response.resume();
      expect(response.statusCode).toBe(403);
    },
  );
});
