/** POST /predict: what is right is answered, what is wrong is told by field and limit. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { explainClass } from '../../../core/model/explain.ts';
import { decodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { s3Error } from '../support/fake-s3.ts';
import type { HttpRequest } from '../support/http-event.ts';
import { predictApi } from '../support/predict-api.ts';
import { CLASSES, SIDE } from '../support/tiny-dataset.ts';

const api = predictApi();

/** An image of class c lights the pixels of row c. */
const imageOf = (label: number) =>
  Array.from({ length: SIDE * SIDE }, (_, pixel) => (Math.floor(pixel / SIDE) === label ? 220 : 0));
const withPixel = (pixel: string) => `{"pixels":[1,2,3,${pixel},5,6,7,8,9]}`;
const IMAGE = withPixel('4');
const inBase64 = (bytes: Buffer): HttpRequest => ({ body: bytes.toString('base64'), isBase64Encoded: true });
const ofType = (type: string): HttpRequest => ({ headers: { 'content-type': type } });

describe('POST /predict answers', () => {
  const first = { query: { version: '1' } };

  it('one image with its class, the probabilities, model and version', async () => {
    const { status, answer } = await api.predict(JSON.stringify({ pixels: imageOf(2) }), first);
    expect(status).toBe(200);
    expect(answer).toMatchObject({ class: 2, model: 'mnist', version: 1 });
    expect(answer.probabilities).toHaveLength(CLASSES);
    expect(answer.probabilities.reduce((sum: number, p: number) => sum + p)).toBeCloseTo(1, 6);
    expect(Math.max(...answer.probabilities)).toBe(answer.probabilities[2]);
  });

  it('several images with one prediction each, the same as alone', async () => {
    const images = [imageOf(0), imageOf(1), imageOf(2)];
    const { answer } = await api.predict(JSON.stringify({ instances: images }), first);
    expect(answer.predictions.map((p: { class: number }) => p.class)).toEqual([0, 1, 2]);
    for (const [index, pixels] of images.entries()) {
      const alone = await api.predict(JSON.stringify({ pixels }), first);
      expect(alone.answer).toMatchObject(answer.predictions[index]);
    }
  });

  it('as many images as are allowed', async () => {
    const { answer } = await api.predict(JSON.stringify({ instances: Array(1000).fill(imageOf(0)) }));
    expect(answer.predictions).toHaveLength(1000);
  });

  it('with the newest version, or the one asked for', async () => {
    expect((await api.predict(IMAGE)).answer.version).toBe(2);
    expect((await api.predict(IMAGE, { query: { model: 'mnist', version: '1' } })).answer.version).toBe(1);
  });

  it.each<[string, HttpRequest]>([
    ['a body in base64', inBase64(Buffer.from(IMAGE))],
    ['a content type with a charset', ofType('Application/JSON; charset=utf-8')],
    ['no content type', { headers: {} }],
    ['fractions and exponents', { body: withPixel('2.5e1') }],
    ['the limits', { body: withPixel('-0.0').replace('9', '255') }],
    ['a byte order mark', { body: `\uFEFF${IMAGE}` }],
    ['white space', { body: ` \n${withPixel(' 4 ')}\t` }],
  ])('%s', async (_name, request) => {
    expect(await api.predict(IMAGE, request)).toMatchObject({ status: 200 });
  });
});

async function expectRefusal(
  body: string,
  request: HttpRequest,
  status: number,
  field: string,
  says: string,
) {
  const got = await api.predict(body, request);
  expect({ status: got.status, field: got.answer.field }).toEqual({ status, field });
  expect(got.answer.error.startsWith(`${field}: `)).toBe(true);
  expect(got.answer.error).toContain(says);
  expect(got.answer.error.length).toBeLessThan(400);
}

describe('POST /predict refuses with 422', () => {
  const NUMBER = 'expected a number from 0 to 255';
  const FORM = 'expected {"pixels": [9 numbers]} or {"instances": [[9 numbers], …]}';
  const LIST = 'expected a list of 9 numbers';
  const nested = '['.repeat(200_000) + ']'.repeat(200_000);
  const short = imageOf(0).slice(2);
  const instances = (...list: unknown[]) => JSON.stringify({ instances: list });
  const longName = 'x'.repeat(2_000_000);

  it.each<[string, string, string, string]>([
    ['null', 'null', 'body', `got null, ${FORM}`],
    ['an image that was divided', '{"pixels":[0,0.5,1,0,0,0.25,1,0,0]}', 'pixels', 'multiply by 255'],
    ['one among others', instances(imageOf(0), [0, 0, 0.1, 0, 0, 0, 0, 0, 0]), 'instances[1]', 'fractions'],
    ['a list', '[1]', 'body', `got [1], ${FORM}`],
    ['deep nesting', nested, 'body', `got [[[…]]], ${FORM}`],
    ['nothing in it', '{}', 'body', `got neither of them, ${FORM}`],
    ['both', '{"pixels":[],"instances":[]}', 'body', `got both of them, ${FORM}`],
    ['another field', '{"pixel":[]}', 'pixel', `unknown field, ${FORM}`],
    ['a field more', '{"pixels":[],"threshold":1}', 'threshold', 'unknown field'],
    ['a prototype', '{"__proto__":{"pixels":[]}}', '__proto__', 'unknown field'],
    ['a constructor', '{"pixels":[],"constructor":1}', 'constructor', 'unknown field'],
    ['a long name', `{"${longName}":1}`, 'x'.repeat(80), 'unknown field'],
    ['no list', '{"pixels":"12"}', 'pixels', `got "12", ${LIST}`],
    ['no pixels', '{"pixels":[]}', 'pixels', 'got 0 numbers, expected 9'],
    ['too few', JSON.stringify({ pixels: short }), 'pixels', 'got 7 numbers, expected 9'],
    ['far too many', `{"pixels":[1${',1'.repeat(2_000_000)}]}`, 'pixels', 'got 2000001 numbers, expected 9'],
    ['a string among them', withPixel('"a"'), 'pixels[3]', `got "a", ${NUMBER}`],
    ['null among them', withPixel('null'), 'pixels[3]', `got null, ${NUMBER}`],
    ['deep nesting among them', withPixel(nested), 'pixels[3]', `got [[[…]]], ${NUMBER}`],
    ['a number below', withPixel('-0.001'), 'pixels[3]', `got -0.001, ${NUMBER}`],
    ['a number above', withPixel('255.001'), 'pixels[3]', `got 255.001, ${NUMBER}`],
    ['a number beyond float64', withPixel('1e999'), 'pixels[3]', `got Infinity, ${NUMBER}`],
    ['instances that are no list', '{"instances":3}', 'instances', 'got 3, expected 1 to 1000 lists of 9'],
    ['no instances', instances(), 'instances', 'got 0 images, expected 1 to 1000'],
    ['too many', instances(...Array(1001).fill([])), 'instances', 'got 1001 images, expected 1 to 1000'],
    ['an instance that is no list', instances(imageOf(0), 1), 'instances[1]', `got 1, ${LIST}`],
    ['a short instance', instances(imageOf(0), short), 'instances[1]', 'got 7 numbers, expected 9'],
    ['one wrong pixel', instances(imageOf(0), [...short, 1, 256]), 'instances[1][8]', 'got 256, expected'],
  ])('%s', async (_name, body, field, says) => {
    await expectRefusal(body, {}, 422, field, says);
  });

  it.each<[string, Record<string, string>, string, string]>([
    ['a wrong model name', { model: '../runs' }, 'model', 'got "../runs", expected 1-63 of a-z 0-9 . _ -'],
    ['an empty model name', { model: '' }, 'model', 'got "", expected 1-63'],
    ['version 0', { version: '0' }, 'version', 'got "0", expected an integer from 1'],
    ['a version that is no number', { version: 'latest' }, 'version', 'got "latest", expected an integer'],
    ['two versions', { version: '1,2' }, 'version', 'got "1,2", expected an integer from 1'],
    ['a huge version', { version: '9'.repeat(400) }, 'version', 'expected an integer from 1'],
  ])('%s', async (_name, query, field, says) => {
    await expectRefusal(IMAGE, { query }, 422, field, says);
  });
});

it('explains by the pixels as the network takes them', async () => {
  const pixels = imageOf(1);
  const { answer } = await api.predict(JSON.stringify({ pixels }), {
    query: { explain: 'true', version: '1' },
  });
  const { checkpoint } = api.s3.json(KEYS.version('mnist', 1)) as { checkpoint: { key: string } };
  const { architecture, layers } = decodeCheckpoint(api.s3.objects.get(checkpoint.key)!.body);
  const expected = explainClass(
    architecture,
    layers,
    Float32Array.from(pixels, (pixel) => pixel / 255),
    1,
  );
  expect(answer.explanation).toEqual(Array.from(expected, (value) => Number(value.toPrecision(6))));
  expect(answer.explanation[3]).not.toBe(0);
});

describe('POST /predict refuses', () => {
  const surrogate = Buffer.from('22eda08022', 'hex');
  const infinity = `{"instances":[[1],[-Infinity]]}`;
  const of = (query: Record<string, string>): HttpRequest => ({ query });

  it.each<[string, number, string, HttpRequest, string, string]>([
    ['no body', 400, '', {}, 'body', 'got 0 bytes, expected JSON of at most 5000000 bytes'],
    ['no JSON', 400, 'pixels=1', {}, 'body', 'expected JSON: Unexpected token'],
    [
      'a field twice',
      400,
      `{"pixels":[1],${IMAGE.slice(1)}`,
      {},
      'pixels',
      'stands there twice, expected once',
    ],
    ['half of JSON', 400, '{"pixels":[1,2', {}, 'body', 'expected JSON: '],
    ['half a character', 400, '', inBase64(surrogate), 'body', 'got bytes that are no UTF-8, expected JSON'],
    ['NaN', 400, withPixel('NaN'), {}, 'pixels[3]', "got NaN, which JSON doesn't have, expected a number"],
    ['infinity', 400, infinity, {}, 'instances[1][0]', 'got -Infinity, which JSON'],
    ['NaN alone', 400, 'NaN', {}, 'body', 'got NaN, which JSON'],
    ['7 MB', 413, '1'.repeat(7_000_000), {}, 'body', 'got 7000000 bytes, expected at most 5000000'],
    ['long base64', 413, '', inBase64(Buffer.alloc(5_000_001, ' ')), 'body', 'got 5000001 bytes, expected'],
    ['plain text', 415, IMAGE, ofType('text/plain'), 'content-type', 'got "text/plain", expected'],
    [
      'gzip',
      415,
      IMAGE,
      { headers: { 'content-encoding': 'GZip' } },
      'content-encoding',
      'got "gzip", expected none',
    ],
    ['an empty type', 415, IMAGE, ofType(''), 'content-type', 'got "", expected application/json'],
    ['an unknown model', 404, IMAGE, of({ model: 'no' }), 'model', 'no version of no has been promoted'],
    ['an unknown version', 404, IMAGE, of({ version: '3' }), 'version', 'model mnist has no version 3'],
  ])('%s with %i', async (_name, status, body, request, field, says) => {
    await expectRefusal(body, request, status, field, says);
  });

  it('with 503 while nothing has been promoted', async () => {
    api.empty();
    await expectRefusal(IMAGE, {}, 503, 'model', 'no version of mnist has been promoted yet');
    expect((await api.predict(IMAGE)).headers).toHaveProperty('retry-after');
  });

  it('with 503 while the storage is not there', async () => {
    api.s3.fail(s3Error(503, 'SlowDown'), GetObjectCommand);
    const { status, answer, headers } = await api.predict(IMAGE);
    expect([status, answer]).toEqual([503, { error: 'storage is unavailable, try again' }]);
    expect(headers).toHaveProperty('retry-after');
  });

  it('with 500 and nothing of the inside when the model is damaged', async () => {
    api.s3.objects.set(KEYS.version('mnist', 2), { body: Buffer.from('{}') });
    const { status, answer } = await api.predict(IMAGE);
    expect([status, answer]).toEqual([500, { error: 'internal error, request request-1' }]);
  });
});
