/** The HTTP API, request by request: what is right is answered, what is wrong is told by field and limit. */
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ModelCache } from '../../../functions/predict/model-cache.ts';
import { answer } from '../../../functions/predict/router.ts';
import { KEYS } from '../../../functions/shared/contract.ts';
import { createS3Store } from '../../../functions/shared/s3-store.ts';
import { type FakeS3, fakeS3, s3Error } from '../support/fake-s3.ts';
import { type HttpRequest, httpEvent } from '../support/http-event.ts';
import { CLASSES, SIDE } from '../support/tiny-dataset.ts';
import { tinyRuns } from '../support/tiny-run.ts';

const PIXELS = SIDE * SIDE;
const JSON_TYPE = { 'content-type': 'application/json' };
const store = createS3Store('bucket');
const { prepare, release } = tinyRuns(store);
let s3: FakeS3;
let promoted: FakeS3['objects'];
let models: ModelCache;

beforeAll(async () => {
  s3 = fakeS3();
  await prepare();
  await release('a');
  await release('b', { seed: 1 });
  promoted = new Map(s3.objects);
});
beforeEach(() => {
  s3 = fakeS3();
  for (const [key, object] of promoted) s3.objects.set(key, object);
  models = new ModelCache(store);
});

async function call(method: string, path: string, request: HttpRequest = {}) {
  const { statusCode, headers, body } = await answer(httpEvent(method, path, request), {
    store,
    models,
    defaultModel: 'mnist',
  });
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  return { status: statusCode, headers, text: body! };
}
async function callJson(method: string, path: string, request: HttpRequest = {}) {
  const { status, headers, text } = await call(method, path, request);
  expect(headers).toMatchObject({ 'content-type': 'application/json' });
  return { status, headers, answer: JSON.parse(text) };
}
const predict = (body: string, request: HttpRequest = {}) =>
  callJson('POST', '/predict', { headers: JSON_TYPE, body, ...request });

/** An image of class c lights the pixels of row c. */
const imageOf = (label: number) =>
  Array.from({ length: PIXELS }, (_, pixel) => (Math.floor(pixel / SIDE) === label ? 220 : 0));
const withPixel = (pixel: string) => `{"pixels":[1,2,3,${pixel},5,6,7,8,9]}`;

describe('POST /predict answers', () => {
  it('one image with its class, the probabilities, model and version', async () => {
    const { status, answer } = await predict(JSON.stringify({ pixels: imageOf(2) }), {
      query: { version: '1' },
    });
    expect(status).toBe(200);
    expect(answer).toMatchObject({ class: 2, model: 'mnist', version: 1 });
    expect(answer.probabilities).toHaveLength(CLASSES);
    expect(answer.probabilities.reduce((sum: number, p: number) => sum + p)).toBeCloseTo(1, 6);
    expect(Math.max(...answer.probabilities)).toBe(answer.probabilities[2]);
  });

  it('several images with one prediction each, the same as alone', async () => {
    const images = [imageOf(0), imageOf(1), imageOf(2)];
    const { answer } = await predict(JSON.stringify({ instances: images }), { query: { version: '1' } });
    expect(answer.predictions.map((p: { class: number }) => p.class)).toEqual([0, 1, 2]);
    for (const [index, pixels] of images.entries()) {
      const alone = await predict(JSON.stringify({ pixels }), { query: { version: '1' } });
      expect(alone.answer).toMatchObject(answer.predictions[index]);
    }
  });

  it('as many images as are allowed', async () => {
    const { answer } = await predict(JSON.stringify({ instances: Array(1000).fill(imageOf(0)) }));
    expect(answer.predictions).toHaveLength(1000);
  });

  it.each([
    ['a body in base64', { body: Buffer.from(withPixel('4')).toString('base64'), isBase64Encoded: true }],
    ['a content type with a charset', { headers: { 'content-type': 'Application/JSON; charset=utf-8' } }],
    ['no content type', { headers: {} }],
    ['fractions and exponents', { body: withPixel('2.5e1') }],
    ['the limits', { body: withPixel('-0.0').replace('9', '255') }],
    ['a byte order mark', { body: `\uFEFF${withPixel('4')}` }],
    ['white space', { body: ` \n${withPixel(' 4 ')}\t` }],
    ['an unknown query parameter', { query: { debug: '1' } }],
  ])('%s', async (_name, request: HttpRequest) => {
    expect(await predict(withPixel('4'), request)).toMatchObject({ status: 200 });
  });

  it('with the newest version, or the one asked for', async () => {
    expect((await predict(withPixel('4'))).answer.version).toBe(2);
    expect((await predict(withPixel('4'), { query: { model: 'mnist', version: '1' } })).answer.version).toBe(
      1,
    );
  });
});

describe('POST /predict refuses', () => {
  const NUMBERS = 'a number from 0 to 255';
  const FORM = '{"pixels": [9 numbers]} or {"instances": [[9 numbers], …]}';
  const nested = '['.repeat(200_000) + ']'.repeat(200_000);
  const seven = imageOf(0).slice(2);

  it.each<[string, string, HttpRequest, number, string, string]>([
    ['no body', '', {}, 400, 'body', 'got 0 bytes, expected JSON of at most 5000000 bytes'],
    ['no JSON', 'pixels=1', {}, 400, 'body', 'expected JSON: Unexpected token'],
    ['half of JSON', '{"pixels":[1,2', {}, 400, 'body', 'expected JSON: '],
    [
      'a lone surrogate’s bytes',
      '',
      { body: Buffer.from('22eda08022', 'hex').toString('base64'), isBase64Encoded: true },
      400,
      'body',
      'got bytes that are no UTF-8',
    ],
    [
      'bytes of an image',
      '',
      { body: Buffer.from('89504e470d0a1a0a', 'hex').toString('base64'), isBase64Encoded: true },
      400,
      'body',
      'no UTF-8, expected JSON',
    ],
    ['NaN', withPixel('NaN'), {}, 400, 'pixels[3]', `got NaN, which JSON doesn't have, expected ${NUMBERS}`],
    [
      'Infinity',
      `{"instances":[${JSON.stringify(imageOf(0))},[-Infinity]]}`,
      {},
      400,
      'instances[1][0]',
      'got -Infinity, which JSON',
    ],
    ['NaN alone', 'NaN', {}, 400, 'body', 'got NaN, which JSON'],
    [
      '7 MB',
      JSON.stringify({ pixels: Array(3_500_000).fill(1) }),
      {},
      413,
      'body',
      'got 7000012 bytes, expected at most 5000000',
    ],
    [
      '5 MB in base64',
      '',
      { body: Buffer.alloc(5_000_001, ' ').toString('base64'), isBase64Encoded: true },
      413,
      'body',
      'got 5000001 bytes, expected at most 5000000',
    ],
    [
      'a form',
      'pixels=1',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'content-type',
      'got "application/x-www-form-urlencoded", expected application/json',
    ],
    [
      'an empty content type',
      withPixel('4'),
      { headers: { 'content-type': '' } },
      415,
      'content-type',
      'got "", expected application/json',
    ],
    ['null', 'null', {}, 422, 'body', `got null, expected ${FORM}`],
    ['a number', '7', {}, 422, 'body', `got 7, expected ${FORM}`],
    ['a string', '"pixels"', {}, 422, 'body', `got "pixels", expected ${FORM}`],
    ['a list', JSON.stringify(imageOf(0)), {}, 422, 'body', `expected ${FORM}`],
    ['deep nesting', nested, {}, 422, 'body', `got [[[…]]], expected ${FORM}`],
    ['nothing in it', '{}', {}, 422, 'body', `got neither of them, expected ${FORM}`],
    ['both', '{"pixels":[],"instances":[]}', {}, 422, 'body', `got both of them, expected ${FORM}`],
    ['another field', '{"pixel":[]}', {}, 422, 'pixel', `unknown field, expected ${FORM}`],
    ['one field more', `{"pixels":[],"threshold":1}`, {}, 422, 'threshold', 'unknown field'],
    ['a prototype', '{"__proto__":{"pixels":[]}}', {}, 422, '__proto__', 'unknown field'],
    ['a constructor', '{"pixels":[],"constructor":1}', {}, 422, 'constructor', 'unknown field'],
    ['a field with a long name', `{"${'x'.repeat(2_000_000)}":1}`, {}, 422, 'x'.repeat(80), 'unknown field'],
    ['no list', '{"pixels":"12"}', {}, 422, 'pixels', 'got "12", expected a list of 9 numbers'],
    ['an object', '{"pixels":{"0":1,"length":9}}', {}, 422, 'pixels', 'expected a list of 9 numbers'],
    ['null for pixels', '{"pixels":null}', {}, 422, 'pixels', 'got null, expected a list of 9 numbers'],
    ['no pixels', '{"pixels":[]}', {}, 422, 'pixels', 'got 0 numbers, expected 9'],
    ['too few', JSON.stringify({ pixels: seven }), {}, 422, 'pixels', 'got 7 numbers, expected 9'],
    [
      'too many',
      JSON.stringify({ pixels: Array(2_000_000).fill(1) }),
      {},
      422,
      'pixels',
      'got 2000000 numbers, expected 9',
    ],
    ['a string among them', withPixel('"a"'), {}, 422, 'pixels[3]', `got "a", expected ${NUMBERS}`],
    ['a boolean among them', withPixel('true'), {}, 422, 'pixels[3]', `got true, expected ${NUMBERS}`],
    ['null among them', withPixel('null'), {}, 422, 'pixels[3]', `got null, expected ${NUMBERS}`],
    ['a list among them', withPixel('[4]'), {}, 422, 'pixels[3]', `got [4], expected ${NUMBERS}`],
    ['deep nesting among them', withPixel(nested), {}, 422, 'pixels[3]', `got [[[…]]], expected ${NUMBERS}`],
    ['a number below', withPixel('-0.001'), {}, 422, 'pixels[3]', `got -0.001, expected ${NUMBERS}`],
    ['a number above', withPixel('255.001'), {}, 422, 'pixels[3]', `got 255.001, expected ${NUMBERS}`],
    [
      'a number beyond float64',
      withPixel('1e999'),
      {},
      422,
      'pixels[3]',
      `got Infinity, expected ${NUMBERS}`,
    ],
    [
      'instances that are no list',
      '{"instances":3}',
      {},
      422,
      'instances',
      'got 3, expected 1 to 1000 lists of 9 numbers',
    ],
    ['no instances', '{"instances":[]}', {}, 422, 'instances', 'got 0 images, expected 1 to 1000'],
    [
      'too many instances',
      JSON.stringify({ instances: Array(1001).fill([]) }),
      {},
      422,
      'instances',
      'got 1001 images, expected 1 to 1000',
    ],
    [
      'an instance that is no list',
      JSON.stringify({ instances: [imageOf(0), 1] }),
      {},
      422,
      'instances[1]',
      'got 1, expected a list of 9 numbers',
    ],
    [
      'a short instance',
      JSON.stringify({ instances: [imageOf(0), seven] }),
      {},
      422,
      'instances[1]',
      'got 7 numbers, expected 9',
    ],
    [
      'a wrong pixel in an instance',
      JSON.stringify({ instances: [imageOf(0), [...imageOf(1).slice(1), 256]] }),
      {},
      422,
      'instances[1][8]',
      `got 256, expected ${NUMBERS}`,
    ],
    [
      'a wrong model name',
      withPixel('4'),
      { query: { model: '../runs' } },
      422,
      'model',
      'got "../runs", expected 1-63 of a-z 0-9 . _ -',
    ],
    ['an empty model name', withPixel('4'), { query: { model: '' } }, 422, 'model', 'got "", expected 1-63'],
    [
      'an unknown model',
      withPixel('4'),
      { query: { model: 'nothing' } },
      404,
      'model',
      'no version of nothing has been promoted',
    ],
    [
      'an unknown version',
      withPixel('4'),
      { query: { version: '3' } },
      404,
      'version',
      'model mnist has no version 3',
    ],
    [
      'version 0',
      withPixel('4'),
      { query: { version: '0' } },
      422,
      'version',
      'got "0", expected an integer from 1',
    ],
    [
      'a version that is no number',
      withPixel('4'),
      { query: { version: 'latest' } },
      422,
      'version',
      'got "latest", expected an integer',
    ],
    [
      'two versions',
      withPixel('4'),
      { query: { version: '1,2' } },
      422,
      'version',
      'got "1,2", expected an integer',
    ],
    [
      'a huge version',
      withPixel('4'),
      { query: { version: '9'.repeat(400) } },
      422,
      'version',
      'expected an integer from 1',
    ],
  ])('%s', async (_name, body, request, status, field, message) => {
    const got = await predict(body, request);
    expect(got.status).toBe(status);
    expect(got.answer.field).toBe(field);
    expect(got.answer.error.startsWith(`${field}: `)).toBe(true);
    expect(got.answer.error).toContain(message);
    expect(got.answer.error.length).toBeLessThan(400);
  });

  it('with 503 while nothing has been promoted', async () => {
    s3.objects.delete(KEYS.latest('mnist'));
    const { status, answer, headers } = await predict(withPixel('4'));
    expect({ status, field: answer.field }).toEqual({ status: 503, field: 'model' });
    expect(answer.error).toBe('model: no version of mnist has been promoted yet');
    expect(headers).toHaveProperty('retry-after');
  });

  it('with 503 while the storage is not there', async () => {
    s3.mock.on(GetObjectCommand).rejects(s3Error(503, 'SlowDown'));
    const { status, answer, headers } = await predict(withPixel('4'));
    expect({ status, answer }).toEqual({
      status: 503,
      answer: { error: 'storage is unavailable, try again' },
    });
    expect(headers).toHaveProperty('retry-after');
  });

  it('with 500 and nothing of the inside when the model is damaged', async () => {
    const key = KEYS.version('mnist', 2);
    s3.objects.set(key, { ...s3.objects.get(key)!, body: Buffer.from('{}') });
    const { status, answer } = await predict(withPixel('4'));
    expect({ status, answer }).toEqual({
      status: 500,
      answer: { error: 'internal error, request request-1' },
    });
  });
});

describe('other routes', () => {
  it.each(['/', '/runs', '/v2/health/live', '/v2/health/ready'])('GET %s answers 200', async (path) => {
    expect((await call('GET', path)).status).toBe(200);
  });

  it('tells whether a model can answer', async () => {
    expect((await callJson('GET', '/v2/health/ready')).answer).toEqual({ ready: true });
    s3.objects.clear();
    models = new ModelCache(store);
    expect(await callJson('GET', '/v2/health/ready')).toMatchObject({
      status: 503,
      answer: { ready: false },
    });
    expect(await callJson('GET', '/v2/health/live')).toMatchObject({ status: 200, answer: { live: true } });
  });

  it('shows the model on the page, and that there is none', async () => {
    const page = await call('GET', '/');
    expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8' });
    expect(page.text).toContain('<td>mnist, version 2</td>');
    s3.objects.clear();
    models = new ModelCache(store);
    expect((await call('GET', '/')).text).toContain('No model has been promoted yet');
  });

  it.each([
    ['GET', '/predict', 'POST'],
    ['DELETE', '/runs', 'GET'],
    ['POST', '/runs/a', 'GET'],
    ['HEAD', '/', 'GET'],
  ])('%s %s is 405, with what is allowed', async (method, path, allow) => {
    const { status, answer, headers } = await callJson(method, path);
    expect(status).toBe(405);
    expect(answer).toEqual({ error: `method: got ${method}, expected ${allow}`, field: 'method' });
    expect(headers).toMatchObject({ allow });
  });

  it.each([
    '/nothing',
    '/predict/',
    '/runs/',
    '/runs/a/b',
    '/v2',
    '/PREDICT',
    '//',
    '/%E0',
    `/${'x'.repeat(9000)}`,
  ])('GET %.20s is 404, with the paths there are', async (path) => {
    const { status, answer } = await callJson('GET', path);
    expect({ status, field: answer.field }).toEqual({ status: 404, field: 'path' });
    expect(answer.error).toMatch(/^path: got "\/.*, expected one of \/predict, \/runs, /);
    expect(answer.error.length).toBeLessThan(250);
  });
});

describe('GET /runs', () => {
  it('lists the runs, newest first, without what is no run', async () => {
    s3.objects.set('runs/no run/status.json', { body: Buffer.from('x'), etag: '"x"' });
    const later = {
      state: 'failed',
      startedAt: '2026-11-25T08:00:00.000Z',
      updatedAt: '2026-11-25T08:00:00.000Z',
    };
    s3.objects.set(KEYS.status('later'), { body: Buffer.from(JSON.stringify(later)), etag: '"x"' });
    s3.objects.set(KEYS.runConfig('begun'), { body: Buffer.from('{}'), etag: '"x"' });
    const { runs } = (await callJson('GET', '/runs')).answer;
    expect(runs.map(({ runId }: { runId: string }) => runId)).toEqual(['later', 'a', 'b', 'begun']);
    expect(runs[0].status).toEqual(later);
    expect(runs[3].status).toBeNull();
  });

  it('lists none where none are, and at most 100 of many', async () => {
    s3.objects.clear();
    expect((await callJson('GET', '/runs')).answer).toEqual({ runs: [] });
    for (let i = 0; i < 130; i++) {
      const time = new Date(1_795_507_200_000 + i * 1000).toISOString();
      const body = Buffer.from(JSON.stringify({ state: 'running', startedAt: time, updatedAt: time }));
      s3.objects.set(KEYS.status(`run-${i}`), { body, etag: '"x"' });
    }
    const { runs } = (await callJson('GET', '/runs')).answer;
    expect(runs).toHaveLength(100);
    expect([runs[0].runId, runs[99].runId]).toEqual(['run-129', 'run-30']);
  });

  it('is 503 while the storage is not there', async () => {
    s3.mock.on(ListObjectsV2Command).rejects(s3Error(500, 'InternalError'));
    expect((await callJson('GET', '/runs')).status).toBe(503);
  });
});

describe('GET /runs/{id}', () => {
  it('answers config, status and metrics by step', async () => {
    const { status, answer } = await callJson('GET', '/runs/a');
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      runId: 'a',
      status: { state: 'succeeded', model: 'mnist', version: 1 },
      config: { totalSteps: 30 },
      metricsOmitted: 0,
    });
    expect(answer.metrics.map(({ step }: { step: number }) => step)).toEqual([0, 6, 12, 18, 24, 30]);
  });

  it('answers a run whose status is not written yet', async () => {
    s3.objects.delete(KEYS.status('a'));
    expect((await callJson('GET', '/runs/a')).answer).toMatchObject({ status: null, config: { runId: 'a' } });
  });

  it('answers the newest of very many metrics', async () => {
    const metrics = s3.json(KEYS.metrics('a', 30));
    for (let step = 31; step < 2100; step++) {
      const body = Buffer.from(JSON.stringify({ ...metrics, step }));
      s3.objects.set(KEYS.metrics('a', step), { body, etag: '"x"' });
    }
    const { answer } = await callJson('GET', '/runs/a');
    expect(answer.metrics).toHaveLength(2000);
    expect(answer.metricsOmitted).toBe(75);
    expect(answer.metrics.at(-1).step).toBe(2099);
  });

  it.each(['none', 'A', '-'])('%s is 404: there is no such run', async (id) => {
    const { status, answer } = await callJson('GET', `/runs/${id}`);
    expect({ status, answer }).toEqual({
      status: 404,
      answer: { error: `id: there is no run ${id}`, field: 'id' },
    });
  });

  it.each(['%E0', '%', '..', 'a%2Fb', '{id}', 'a b', '__proto__.x', 'x'.repeat(81), 'é'])(
    '%j is 404: no run can have this id',
    async (id) => {
      const { status, answer } = await callJson('GET', `/runs/${id}`);
      expect({ status, field: answer.field }).toEqual({ status: 404, field: 'id' });
      expect(answer.error).toContain('expected 1-80 of A-Z a-z 0-9 _ -');
    },
  );
});
