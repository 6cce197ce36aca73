/** POST /runs: one execution for each name or key, whatever is there already. */
import { describe, expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { TINY_CONFIG } from '../support/tiny-dataset.ts';
import { manageStand } from './stand.ts';

const stand = manageStand();
const CONFIG = { iterations: 200, learningRate: 0.25 };
const key = (text: string) => ({ 'idempotency-key': text });

describe('the same again', () => {
  it('begins nothing, says so, and says what has become of the first', async () => {
    const body = { id: 'again', executionName: 'again', status: 'RUNNING' };
    const request = { config: CONFIG, name: 'again' };
    expect(await stand.post('/runs', request)).toMatchObject({ status: 201, answer: body });
    expect(await stand.post('/runs', request)).toMatchObject({ status: 200, answer: body });
    // Said in other words.
    const config = { batchSize: 100, ...CONFIG, hidden: [50] };
    expect(await stand.post('/runs', { config, name: 'again' })).toMatchObject({ status: 200, answer: body });
    stand.end('again');
    expect(await stand.post('/runs', request)).toMatchObject({
      status: 200,
      headers: { location: '/runs/again' },
      answer: { ...body, status: 'ABORTED' },
    });
    expect(stand.started()).toEqual(['again']);
  });

  it('goes on with no run that is not there', async () => {
    const { status, answer } = await stand.post('/runs', { config: CONFIG, name: 'nobody.2' });
    expect({ status, field: answer.field }).toEqual({ status: 422, field: 'name' });
    expect(answer.error).toMatch(/would go on with the run nobody, but there is none/);
    expect(stand.started()).toEqual([]);
  });
});

describe('two at once', () => {
  it('begin one execution, and are told the same', async () => {
    const answers = await Promise.all(
      [1, 2].map(() => stand.post('/runs', { config: CONFIG }, key('twice'))),
    );
    expect(answers[0]!.answer).toEqual(answers[1]!.answer);
    expect(stand.started()).toEqual([answers[0]!.answer.id]);
  });

  it('of which one has begun and ended before it could be seen: the other is told of it, or to try again', async () => {
    await stand.real.start('seen-late', JSON.stringify(CONFIG));
    stand.end('seen-late');
    let looked = 0;
    const late = (from: number) => ({
      ...forwarding(),
      find: async (name: string) => (++looked > from ? stand.real.find(name) : undefined),
    });
    stand.executions = late(1);
    const found = await stand.post('/runs', { config: CONFIG, name: 'seen-late' });
    expect(found).toMatchObject({ status: 200, answer: { status: 'ABORTED' } });
    looked = 0;
    const other = await stand.post('/runs', { config: { seed: 3 }, name: 'seen-late' });
    expect(other).toMatchObject({ status: 409 });
    looked = 0;
    stand.executions = late(9);
    expect(await stand.post('/runs', { config: CONFIG, name: 'seen-late' })).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      answer: { error: 'Step Functions is unavailable, try again' },
    });
    expect(stand.started()).toEqual(['seen-late']);
  });
});

const forwarding = () => ({
  arnOf: (name: string) => stand.real.arnOf(name),
  start: (name: string, input: string) => stand.real.start(name, input),
  find: (name: string) => stand.real.find(name),
  running: () => stand.real.running(),
  stop: (name: string) => stand.real.stop(name),
});

describe('a key', () => {
  it('is any printable ASCII, and stands for one run of each dataset', async () => {
    const ids = new Set<string>();
    for (const [config, text] of [
      [CONFIG, '~ !'],
      [CONFIG, '~ ! '],
      [{ ...CONFIG, dataset: 'fashion-mnist' }, '~ !'],
    ] as const) {
      const { status, answer } = await stand.post('/runs', { config }, key(text));
      expect(status).toBe(201);
      ids.add(answer.id);
    }
    expect(ids.size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^(fashion-)?mnist-[0-9a-f]{16}$/);
    // The name goes before it.
    const named = await stand.post('/runs', { config: CONFIG, name: 'mine' }, key('~ !'));
    expect(named.answer.id).toBe('mine');
  });

  it.each(['', 'x'.repeat(256), 'schlüssel', 'tab\t'])('is never %j', async (text) => {
    expect(await stand.post('/runs', { config: CONFIG }, key(text))).toMatchObject({
      status: 422,
      answer: { field: 'idempotency-key', error: expect.stringContaining('1-255 printable') },
    });
    expect(stand.started()).toEqual([]);
  });

  it('makes an id of a dataset whose name no id could have', async () => {
    const file = { key: 'imports/a/b' };
    const files = { train: { images: file, labels: file }, test: { images: file, labels: file } };
    const dataset = { name: `my.own.${'x'.repeat(50)}`, format: 'idx', files };
    const { status, answer } = await stand.post('/runs', { config: { dataset, layers: [4, 2] } }, key('k'));
    expect(status).toBe(201);
    expect(answer.id).toMatch(/^my_own_x{43}-[0-9a-f]{16}$/);
  });
});

describe('what is stored of a run', () => {
  const put = (key: string, document: object) =>
    stand.s3.objects.set(key, { body: Buffer.from(JSON.stringify(document)) });
  const LAYERS = { layers: [784, 4, 10] };
  const { dataset: _, ...tiny } = TINY_CONFIG;
  const SAME = { ...tiny, ...LAYERS };
  /** A run of the tiny dataset, which no config names over HTTP, as one of MNIST. */
  async function stored(id: string, more: object = {}) {
    await stand.runs.start(id);
    const run = stand.s3.json(KEYS.runConfig(id));
    put(KEYS.runConfig(id), {
      ...run,
      config: { ...(run.config as object), dataset: 'mnist', ...LAYERS },
      ...more,
    });
  }

  it('outlives its execution: another config is refused, naming both values', async () => {
    await stored('old');
    const { status, answer } = await stand.post('/runs', { config: CONFIG, name: 'old' });
    expect(status).toBe(409);
    expect(answer.error).toMatch(/^name: there is a run old already, .*learningRate 0.25 instead of 0.5/);
    expect(answer.error).toMatch(/iterations 200 instead of 30/);
    expect(stand.started()).toEqual([]);
  });

  it.each([
    [{ imported: { key: 'imports/a/weights.npz', sha256: '0'.repeat(64) } }, 'its weights were imported'],
    [{ sweep: { id: 'many', trial: 0, rung: 0 } }, 'it is one of the sweep many'],
  ])('is none that could be started: %j', async (more, why) => {
    await stored('other', more);
    const { status, answer } = await stand.post('/runs', { config: SAME, name: 'other' });
    expect({ status, error: answer.error }).toEqual({ status: 409, error: expect.stringContaining(why) });
  });

  it('goes on under its name when it failed and Step Functions has forgotten it, and not when it succeeded', async () => {
    await stored('done');
    const state = { startedAt: '2026-01-01T00:00:00Z', updatedAt: '2026-01-01T00:00:00Z' };
    put(KEYS.status('done'), { state: 'succeeded', ...state });
    expect(await stand.post('/runs', { config: SAME, name: 'done' })).toMatchObject({
      status: 200,
      answer: { id: 'done', status: 'SUCCEEDED' },
    });
    expect(stand.started()).toEqual([]);
    put(KEYS.status('done'), { state: 'failed', ...state });
    expect(await stand.post('/runs', { config: SAME, name: 'done' })).toMatchObject({ status: 201 });
    expect(stand.started()).toEqual(['done']);
  });

  it('may be a status alone, of a run that failed before it began', async () => {
    const times = { startedAt: '2026-01-01T00:00:00Z', updatedAt: '2026-01-01T00:00:00Z' };
    put(KEYS.status('early'), { state: 'failed', ...times });
    const { status, answer } = await stand.post('/runs', { config: CONFIG, name: 'early.1' });
    expect({ status, answer }).toEqual({
      status: 201,
      answer: { id: 'early', executionName: 'early.1', status: 'RUNNING' },
    });
  });
});

describe('what makes no sense', () => {
  it.each([
    ['no JSON', 400, 'body', /^body: expected JSON/],
    ['{"config":{},"config":{}}', 400, 'config', /^config: stands there twice/],
    ['[]', 422, 'body', /^body: got \[\], expected an object with config, name/],
    ['{}', 422, 'config', /^config: got nothing, expected an object/],
    ['{"config":"{}"}', 422, 'config', /^config: got "{}", expected an object/],
    ['{"config":{},"nmae":"x"}', 422, 'nmae', /^nmae: unknown field/],
    ['{"config":{},"name":"a b"}', 422, 'name', /^name: got "a b", expected 1-72/],
    ['{"config":{"sead":3}}', 422, 'config', /^config: unknown "sead"/],
    ['{"config":{"maxDollars":0.0000001}}', 422, 'config.maxDollars', /^config\.maxDollars: got 1e-7, /],
    ['{"config":{"hidden":[5],"layers":[3]}}', 422, 'config.hidden', /^config\.hidden: got \[5\] beside/],
    ['{"config":{"dataset":"minst"}}', 422, 'config.dataset', /minst/],
  ])('%s is refused before anything begins', async (body, status, field, error) => {
    const { answer, ...refused } = await stand.post('/runs', body);
    expect({ status: refused.status, field: answer.field }).toEqual({ status, field });
    expect(answer.error).toMatch(error);
    expect(stand.started()).toEqual([]);
  });

  it.each([
    [{ 'content-type': 'text/plain' }, 'content-type'],
    [{ 'content-encoding': 'gzip' }, 'content-encoding'],
  ])('a body with %j is refused', async (headers, field) => {
    expect(await stand.post('/runs', { config: {} }, headers)).toMatchObject({
      status: 415,
      answer: { field },
    });
    expect(stand.started()).toEqual([]);
  });
});

it('says that Step Functions is out of reach', async () => {
  await stand.leave();
  expect(await stand.post('/runs', { config: CONFIG })).toMatchObject({
    status: 503,
    headers: { 'retry-after': '1', 'cache-control': 'no-store' },
    answer: { error: 'Step Functions is unavailable, try again' },
  });
});
