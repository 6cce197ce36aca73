/** Requests of any kind to the predict function's handler: an answer of the API, or a 4xx that says what is wrong. */

import fc from 'fast-check';
import { encode as encodeJpeg } from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../functions/contract/routes.ts';
import { errorAnswer } from '../../functions/predict/answer-schemas.ts';
import ODD from '../fixtures/fuzz/odd.json' with { type: 'json' };
import { httpEvent } from '../functions/support/http-event.ts';
import { ALLOWED, digitApi } from './support/digit-api.ts';
import { expectReadable, fuzz } from './support/fuzz.ts';
import { mutated, oddNumber, oddText } from './support/mutate.ts';

const call = digitApi();

type Request = Parameters<typeof httpEvent>[2] & { method: string; path: string; cookies?: string[] };

const RAW_PATH = /[^\u0021-\u007e]/g;
const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('mnist', 'small', '1', 'mnist-run') },
  fc.constantFrom(...ODD.segments),
  oddText.map((text) => text.replace(RAW_PATH, '').replaceAll('/', '')),
);
const target: fc.Arbitrary<{ path: string; method?: string }> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(fc.constantFrom(...ROUTES), segment, segment).map(([route, first, second]) => {
      const names = [first, second];
      return { method: route.method, path: route.path.replace(/\{\w+\}/g, () => names.shift()!) };
    }),
  },
  fc.array(segment, { maxLength: 6 }).map((segments) => ({ path: `/${segments.join('/')}` })),
  fc
    .constantFrom('', '//', '/v2/', `/${'a/'.repeat(4000)}`, `/models/${'x'.repeat(8000)}`)
    .map((path) => ({ path })),
);
const query = fc.option(
  fc.dictionary(
    fc.oneof(fc.constantFrom('model', 'version', 'pixels', 'explain', '__proto__'), oddText),
    fc.oneof(fc.constantFrom('true', 'false', 'true,true', '1', '2', '-1', '1e1', 'mnist', 'small'), oddText),
    { maxKeys: 3 },
  ),
  { nil: undefined },
);
const headers = fc
  .record(
    {
      'content-type': fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom('application/json', 'image/png', 'image/jpeg') },
        { weight: 2, arbitrary: fc.constantFrom(...ODD.contentTypes) },
        oddText,
      ),
      'content-length': oddText,
      'content-encoding': fc.constantFrom('gzip', 'br'),
      'inference-header-content-length': oddNumber.map(String),
      cookie: oddText,
      accept: oddText,
    },
    { requiredKeys: [] },
  )
  .map((values) => values as Record<string, string>);

/** JSON of any depth and with all that JSON.parse knows, and what it does not. */
const oddJson = fc.oneof(
  fc.json(),
  fc.constantFrom('[', '{"a":', '{"pixels":[', '{"inputs":[{"data":').map((open) => open.repeat(5000)),
  fc
    .constantFrom('[ ]', '{"a": }', '{"pixels":[ ]}', '{"instances":[ ]}')
    .map((pair) =>
      pair.replace(/(.*) (.*)/, (_, open, close) => `${open.repeat(3000)}1${close.repeat(3000)}`),
    ),
  { weight: 2, arbitrary: fc.constantFrom(...ODD.json) },
  oddText,
);
const level = fc.oneof({ weight: 30, arbitrary: fc.nat(255) }, oddNumber);
const image = (size: number) =>
  fc
    .tuple(
      fc.array(level, { minLength: 1, maxLength: 12 }),
      fc.constantFrom(size, size, size, size, size, size - 1, 0),
    )
    .map(([values, length]) => Array.from({ length }, (_, i) => values[i % values.length]));
const pixels = fc.oneof({ weight: 4, arbitrary: image(9) }, image(784), fc.jsonValue());
const predictBody = fc.oneof(
  { weight: 3, arbitrary: pixels.map((value) => ({ pixels: value })) },
  { weight: 3, arbitrary: fc.array(pixels, { maxLength: 4 }).map((value) => ({ instances: value })) },
  fc.constantFrom(1000, 1001, 50_000).map((count) => ({ instances: new Array<number[]>(count).fill([1]) })),
  fc.dictionary(fc.oneof(fc.constantFrom('pixels', 'instances', '__proto__'), oddText), fc.jsonValue(), {
    maxKeys: 3,
  }),
);

const JPEG = encodeJpeg({ width: 8, height: 8, data: Buffer.alloc(256, 9) }, 50).data;
const file = mutated([JPEG], { maxEdits: 2 });
const element = fc.oneof(
  { weight: 8, arbitrary: fc.nat(255) },
  oddNumber,
  fc.jsonValue(),
  file.map((bytes) => Buffer.from(bytes).toString('base64')),
  file.map((bytes) => Buffer.from(bytes).toString('latin1')),
);
const tensor = fc.record(
  {
    name: fc.oneof({ weight: 6, arbitrary: fc.constant('pixels') }, oddText),
    shape: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom([1, 9], [2, 9], [1, 3, 3], [1, 784], [1, 28, 28], [1], [2], [1, 1]),
      },
      fc.array(oddNumber, { maxLength: 9 }),
      fc.jsonValue(),
    ),
    datatype: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('UINT8', 'FP32', 'BYTES') },
      oddText,
      fc.jsonValue(),
    ),
    data: fc.oneof(
      { weight: 3, arbitrary: image(9) },
      image(784),
      image(9).map((row) => [row, row]),
      image(3).map((row) => [[row, row, row]]),
      fc.array(element, { maxLength: 3 }),
      fc.jsonValue(),
    ),
    parameters: fc.oneof(fc.constant({ binary_data_size: 9 }), fc.jsonValue()),
  },
  { requiredKeys: ['name', 'shape', 'datatype', 'data'] },
);
const inferBody = fc.record(
  {
    id: fc.oneof(oddText, fc.jsonValue()),
    inputs: fc.oneof(
      { weight: 6, arbitrary: fc.array(tensor, { minLength: 1, maxLength: 1 }) },
      fc.array(tensor, { maxLength: 20 }),
      fc.jsonValue(),
    ),
    outputs: fc.oneof(
      fc.array(fc.record({ name: fc.oneof(fc.constantFrom('class', 'probabilities'), oddText) }), {
        maxLength: 3,
      }),
      fc.jsonValue(),
    ),
    parameters: fc.oneof(fc.constant({ binary_data_output: true }), fc.jsonValue()),
  },
  { requiredKeys: ['inputs'] },
);

/** As text, or base64 as API Gateway passes on what it takes for binary; a few bytes of it wrong. */
const bodyOf = (text: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 6, arbitrary: text.map((body) => ({ body, isBase64Encoded: false })) },
    text.map((body) => ({ body: Buffer.from(body).toString('base64'), isBase64Encoded: true })),
    text.chain((body) =>
      mutated([Buffer.from(body || '{}')], { maxEdits: 2 }).map((bytes) => ({
        body: Buffer.from(bytes).toString('base64'),
        isBase64Encoded: true,
      })),
    ),
    text.map((body) => ({ body, isBase64Encoded: true })),
    fc.constant({}),
  );

async function send(request: Request): Promise<{ status: number; error: string; answer: unknown }> {
  const { method, path: where, ...rest } = request;
  const event = httpEvent(method, where, rest);
  if (request.cookies !== undefined) event.cookies = request.cookies;
  const { statusCode, body, isBase64Encoded } = await call(event);
  if (!ALLOWED.includes(statusCode!)) expect.fail(`status ${statusCode}: ${body?.slice(0, 500)}`);
  if (statusCode === 200) {
    const isJson = isBase64Encoded !== true && body!.startsWith('{');
    return { status: 200, error: '', answer: isJson ? JSON.parse(body!) : undefined };
  }
  const { error } = errorAnswer.parse(JSON.parse(body!));
  expectReadable(error);
  return { status: statusCode!, error, answer: undefined };
}

const size = ({ body = '' }: Request) => body.length;

describe('HTTP', () => {
  it('every route answers whatever it is asked', async () => {
    const inputs: fc.Arbitrary<Request> = fc
      .record({
        verb: fc.oneof(
          { weight: 20, arbitrary: fc.constant(undefined) },
          fc.constantFrom('GET', 'POST'),
          fc.constantFrom('PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'get', '__proto__'),
          oddText,
        ),
        target,
        query,
        headers,
        cookies: fc.option(fc.array(oddText, { maxLength: 2 }), { nil: undefined }),
        payload: bodyOf(
          fc.oneof(
            oddJson,
            predictBody.map((body) => JSON.stringify(body)),
            inferBody.map((body) => JSON.stringify(body)),
          ),
        ),
      })
      .map(({ payload, cookies, query: parameters, verb, target: where, ...request }) => ({
        ...request,
        path: where.path,
        method: verb ?? where.method ?? 'GET',
        ...payload,
        ...(cookies === undefined ? {} : { cookies }),
        ...(parameters === undefined ? {} : { query: parameters }),
      }));
    const check = async (request: Request): Promise<boolean> => {
      const { status, error } = await send(request);
      return status !== 404 && status !== 405 && !error.startsWith('path');
    };
    await fuzz('HTTP events', inputs, check, { short: 400, deep: 0.25, size });
  });

  it('POST /predict predicts or says what is wrong with the pixels', async () => {
    const inputs: fc.Arbitrary<Request> = fc
      .record({
        // Most queries are refused before the body is read.
        query: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, query),
        model: fc.constantFrom('small', 'small', 'small', 'mnist'),
        payload: bodyOf(
          fc.oneof({ weight: 5, arbitrary: predictBody.map((body) => JSON.stringify(body)) }, oddJson),
        ),
      })
      .map(({ query: more, model, payload }) => ({
        method: 'POST',
        path: '/predict',
        query: { model, ...more },
        headers: { 'content-type': 'application/json' },
        ...payload,
      }));
    const check = async (request: Request): Promise<boolean> => {
      const { status, error, answer } = await send(request);
      if (status === 200) {
        const { predictions = [answer] } = answer as { predictions?: unknown[] };
        for (const each of predictions as { class: number; probabilities: number[] }[]) {
          expect(each.probabilities[each.class]).toBe(Math.max(...each.probabilities));
        }
      }
      return status === 200 || /^(pixels|instances)/.test(error);
    };
    await fuzz('predict, JSON', inputs, check, { short: 300, deep: 0.3, size });
  });
});

describe('Open Inference Protocol', () => {
  it('infers or says what is wrong with the tensors', async () => {
    const inputs: fc.Arbitrary<Request> = fc
      .record({
        model: fc.constantFrom('small', 'small', 'mnist'),
        version: fc.constantFrom('', '', '/versions/1'),
        headers: fc.oneof(
          { weight: 8, arbitrary: fc.constant({ 'content-type': 'application/json' }) },
          headers,
        ),
        payload: bodyOf(
          fc.oneof({ weight: 8, arbitrary: inferBody.map((body) => JSON.stringify(body)) }, oddJson),
        ),
      })
      .map(({ model, version, headers: given, payload }) => ({
        method: 'POST',
        path: `/v2/models/${model}${version}/infer`,
        headers: given,
        ...payload,
      }));
    const check = async (request: Request): Promise<boolean> => {
      const { status, error } = await send(request);
      return status === 200 || /inputs\[0\]|outputs\[/.test(error);
    };
    await fuzz('OIP infer', inputs, check, { short: 300, deep: 0.2, size });
  });

  /** Header as JSON, then the tensors' bytes, as servers with the binary extension take it. */
  it('answers or refuses bodies of its binary extension', async () => {
    const sized = fc
      .tuple(
        fc.constantFrom(['UINT8', 9], ['FP32', 36], ['UINT8', 8], ['FP32', 9], ['BYTES', 9], ['INT64', 72]),
        fc.boolean(),
        fc.array(fc.nat(255), { minLength: 80, maxLength: 80 }),
      )
      .map(([[datatype, size], binary_data_output, bytes]) => ({
        header: {
          inputs: [{ name: 'pixels', shape: [1, 9], datatype, parameters: { binary_data_size: size } }],
          parameters: { binary_data_output },
        } as object,
        // Zeros are numbers of any datatype.
        tail: Uint8Array.from(bytes.slice(0, size as number), (byte) => (datatype === 'UINT8' ? byte : 0)),
      }));
    const any = fc
      .tuple(inferBody, fc.uint8Array({ maxLength: 800 }))
      .map(([header, tail]) => ({ header: header as object, tail }));
    const inputs: fc.Arbitrary<Request> = fc
      .tuple(fc.oneof({ weight: 2, arbitrary: sized }, any), fc.option(headers, { freq: 2 }))
      .map(([{ header, tail }, more]) => {
        const text = Buffer.from(JSON.stringify(header));
        return {
          method: 'POST',
          path: '/v2/models/small/infer',
          headers: {
            'content-type': 'application/octet-stream',
            'inference-header-content-length': `${text.length}`,
            ...(more ?? {}),
          },
          body: Buffer.concat([text, tail]).toString('base64'),
          isBase64Encoded: true,
        };
      });
    const check = async (request: Request): Promise<boolean> => {
      const { status, error } = await send(request);
      return status === 200 || error.includes('inputs[0]') || error.includes('body:');
    };
    await fuzz('OIP binary extension', inputs, check, { short: 300, deep: 0.3, size });
  });
});
