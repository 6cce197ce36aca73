/**
 * Conformance with the Open Inference Protocol v2, REST: the endpoints, objects and error cases of
 * github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md and open_inference_rest.yaml.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode as encodePng } from 'fast-png';
import { encode as encodeJpeg } from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ROUTES } from '../../../functions/contract/routes.ts';
import { SERVER_VERSION } from '../../../functions/predict/oip.ts';
import { mnistApi } from '../support/mnist-api.ts';

const api = mnistApi();

/* --- The objects as the specification defines them, written down apart from the ones the code validates with. --- */

const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const metadataTensor = z.strictObject({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });
const responseOutput = z.strictObject({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  datatype: z.string().regex(/^(BOOL|U?INT(8|16|32|64)|FP(16|32|64)|BYTES)$/),
  parameters: parameters.optional(),
  data: z.array(z.union([z.number(), z.string(), z.boolean()])),
});
const OBJECTS = {
  metadata_server_response: z.strictObject({
    name: z.string(),
    version: z.string(),
    extensions: z.array(z.string()),
  }),
  live_server_response: z.looseObject({ live: z.boolean() }),
  ready_server_response: z.looseObject({ live: z.boolean() }),
  ready_model_response: z.strictObject({ name: z.string(), ready: z.boolean() }),
  metadata_model_response: z.strictObject({
    name: z.string(),
    versions: z.array(z.string()).optional(),
    platform: z.string(),
    inputs: z.array(metadataTensor),
    outputs: z.array(metadataTensor),
  }),
  inference_response: z.strictObject({
    model_name: z.string(),
    model_version: z.string().optional(),
    id: z.string().optional(),
    parameters: parameters.optional(),
    outputs: z.array(responseOutput),
  }),
  error_response: z.strictObject({ error: z.string().min(1) }),
};

/** The specification's table: API, verb, path, response. Optional parts of paths are lines of their own. */
const ENDPOINTS: readonly [string, string, string, keyof typeof OBJECTS][] = [
  ['Inference', 'POST', '/v2/models/{model}/infer', 'inference_response'],
  ['Inference', 'POST', '/v2/models/{model}/versions/{version}/infer', 'inference_response'],
  ['Model Metadata', 'GET', '/v2/models/{model}', 'metadata_model_response'],
  ['Model Metadata', 'GET', '/v2/models/{model}/versions/{version}', 'metadata_model_response'],
  ['Server Ready', 'GET', '/v2/health/ready', 'ready_server_response'],
  ['Server Live', 'GET', '/v2/health/live', 'live_server_response'],
  ['Server Metadata', 'GET', '/v2', 'metadata_server_response'],
  ['Model Ready', 'GET', '/v2/models/{model}/ready', 'ready_model_response'],
  ['Model Ready', 'GET', '/v2/models/{model}/versions/{version}/ready', 'ready_model_response'],
];

const zeros = (length = 784) => new Array<number>(length).fill(0);
const inputOf = (more: object = {}) => ({
  name: 'pixels',
  shape: [1, 784],
  datatype: 'UINT8',
  data: [...api.digit(0)],
  ...more,
});
const inferAt = (path: string, body: unknown) => api.post(path, body);
const infer = (body: unknown) => inferAt('/v2/models/mnist/infer', body);
const output = (answer: { outputs: { name: string; data: number[] }[] }, name: string) =>
  answer.outputs.find((tensor) => tensor.name === name)!;

describe('endpoints', () => {
  it('are all there, and no others', () => {
    const ours = ROUTES.filter(({ path }) => path.startsWith('/v2')).map(
      ({ method, path }) => `${method} ${path}`,
    );
    expect(ours.sort()).toEqual(ENDPOINTS.map(([, method, path]) => `${method} ${path}`).sort());
  });

  it.each(ENDPOINTS)('%s: %s %s answers with $%s', async (_api, method, template, object) => {
    const path = template.replace('{model}', 'mnist').replace('{version}', '1');
    const { status, answer } =
      method === 'GET' ? await api.json('GET', path) : await inferAt(path, { inputs: [inputOf()] });
    expect(status).toBe(200);
    expect(OBJECTS[object].safeParse(answer).error).toBeUndefined();
  });

  it('are refused with 405 to another verb', async () => {
    const { status, answer } = await api.json('GET', '/v2/models/mnist/infer');
    expect({ status, error: OBJECTS.error_response.safeParse(answer).error }).toEqual({ status: 405 });
  });

  it('are found with the slash that the specification’s OpenAPI document puts after /v2', async () => {
    expect(await api.json('GET', '/v2/')).toEqual(await api.json('GET', '/v2'));
  });
});

describe('metadata', () => {
  it('of the server has the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'));
    expect(SERVER_VERSION).toBe(version);
    expect((await api.json('GET', '/v2')).answer).toMatchObject({ name: 'stepnet', version });
  });

  it('of a model has its versions and its tensors, and a request made from them is answered', async () => {
    const { answer } = await api.json('GET', '/v2/models/mnist');
    expect(answer).toEqual({
      name: 'mnist',
      versions: ['1'],
      platform: 'stepnet_safetensors',
      inputs: [{ name: 'pixels', datatype: 'UINT8', shape: [-1, 784] }],
      outputs: [
        { name: 'probabilities', datatype: 'FP32', shape: [-1, 10] },
        { name: 'class', datatype: 'INT64', shape: [-1] },
        { name: 'class_name', datatype: 'BYTES', shape: [-1] },
      ],
    });
    const [input] = answer.inputs;
    const shape = input.shape.map((size: number) => (size === -1 ? 2 : size));
    const data = new Array(shape.reduce((a: number, b: number) => a * b)).fill(9);
    const { answer: response } = await infer({ inputs: [{ ...input, shape, data }] });
    for (const [index, tensor] of response.outputs.entries()) {
      const { name, datatype, shape: described } = answer.outputs[index];
      expect(tensor).toMatchObject({ name, datatype });
      expect(tensor.shape).toEqual(described.map((size: number) => (size === -1 ? 2 : size)));
      expect(tensor.data).toHaveLength(tensor.shape.reduce((a: number, b: number) => a * b));
    }
  });

  it('says that a model is ready, and by which name', async () => {
    expect((await api.json('GET', '/v2/models/mnist/ready')).answer).toEqual({ name: 'mnist', ready: true });
  });
});

describe('inference', () => {
  it('answers what /predict answers, with the id of the request', async () => {
    const { answer } = await infer({ id: '42', inputs: [inputOf()] });
    const { answer: plain } = await api.post('/predict', { pixels: [...api.digit(0)] });
    expect(answer).toEqual({
      id: '42',
      model_name: 'mnist',
      model_version: '1',
      outputs: [
        { name: 'probabilities', datatype: 'FP32', shape: [1, 10], data: plain.probabilities },
        { name: 'class', datatype: 'INT64', shape: [1], data: [plain.class] },
        { name: 'class_name', datatype: 'BYTES', shape: [1], data: [String(plain.class)] },
      ],
    });
    expect((await infer({ inputs: [inputOf()] })).answer).not.toHaveProperty('id');
    expect((await infer({ id: '', inputs: [inputOf()] })).answer.id).toBe('');
  });

  const images = () => [0, 1, 2].map((index) => [...api.digit(index)]);
  const rows = (image: number[]) => Array.from({ length: 28 }, (_, y) => image.slice(y * 28, (y + 1) * 28));
  const file = (index: number) =>
    Buffer.from(encodePng({ width: 28, height: 28, depth: 8, channels: 1, data: api.digit(index) }));
  const bytes = (shape: number[], of: (index: number) => unknown) => {
    return { datatype: 'BYTES', shape, data: [0, 1, 2].map(of) };
  };
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

  it.each<[string, () => object]>([
    ['UINT8, flat', () => ({ shape: [3, 784], data: images().flat() })],
    ['UINT8, nested', () => ({ shape: [3, 784], data: images() })],
    ['FP32, flat', () => ({ datatype: 'FP32', shape: [3, 784], data: images().flat() })],
    ['FP32, [N, 28, 28], flat', () => ({ datatype: 'FP32', shape: [3, 28, 28], data: images().flat() })],
    ['FP32, [N, 28, 28], nested', () => ({ datatype: 'FP32', shape: [3, 28, 28], data: images().map(rows) })],
    ['BYTES, [N]', () => bytes([3], (index) => base64(file(index)))],
    ['BYTES, [N, 1], nested', () => bytes([3, 1], (index) => [base64(file(index))])],
    ['BYTES, a character for each byte', () => bytes([3], (index) => file(index).toString('latin1'))],
  ])('takes %s', async (_name, more) => {
    const { answer: expected } = await api.post('/predict', { instances: images() });
    const { status, answer } = await infer({ inputs: [inputOf(more())] });
    expect(status).toBe(200);
    const predictions = expected.predictions as { class: number; probabilities: number[] }[];
    expect(output(answer, 'class').data).toEqual(predictions.map((prediction) => prediction.class));
    expect(output(answer, 'probabilities').data).toEqual(predictions.flatMap((p) => p.probabilities));
  });

  it('takes a JPEG in BYTES', async () => {
    const rgba = Uint8Array.from({ length: 784 * 4 }, (_, i) => api.digit(0)[i >> 2]!);
    const jpeg = encodeJpeg({ width: 28, height: 28, data: rgba }, 95).data;
    const { answer } = await infer({
      inputs: [inputOf({ datatype: 'BYTES', shape: [1], data: [base64(jpeg)] })],
      outputs: [{ name: 'class' }],
    });
    expect(answer.outputs[0].data).toEqual([api.data.test.labels[0]]);
  });

  it('answers the outputs that are asked for, in that order', async () => {
    const names = async (outputs: unknown) => {
      const { answer } = await infer({ inputs: [inputOf()], outputs });
      return answer.outputs.map(({ name }: { name: string }) => name);
    };
    expect(await names([{ name: 'class' }])).toEqual(['class']);
    expect(await names([{ name: 'class' }, { name: 'probabilities' }])).toEqual(['class', 'probabilities']);
    expect(await names(undefined)).toEqual(['probabilities', 'class', 'class_name']);
  });

  it('tolerates parameters everywhere, and what extensions may add', async () => {
    const parameters = { sequence: 1, start: true, note: 'x', nested: { a: [] } };
    const { status } = await infer({
      parameters,
      inputs: [inputOf({ parameters, extension: 1 })],
      outputs: [{ name: 'class', parameters }],
      extension: {},
    });
    expect(status).toBe(200);
  });
});

/** A grey image with ink in it. */
const inkOf = (side: number) => new Uint8Array(side * side).fill(255, side, 3 * side);

describe('errors are {"error": …} and nothing more', () => {
  async function expectError(
    { status, answer }: { status: number | undefined; answer: unknown },
    expected: number,
    says: string,
  ) {
    expect(OBJECTS.error_response.safeParse(answer).error).toBeUndefined();
    const { error } = answer as { error: string };
    expect({ status, error }).toEqual({ status: expected, error: expect.stringContaining(says) });
    expect(error.length).toBeLessThan(600);
  }

  it.each<[string, string, string]>([
    ['GET', '/v2/models/no', 'no version of no has been promoted'],
    ['GET', '/v2/models/no/ready', 'no version of no has been promoted'],
    ['GET', '/v2/models/mnist/versions/2', 'model mnist has no version 2'],
    ['GET', '/v2/models/mnist/versions/2/ready', 'model mnist has no version 2'],
    ['GET', '/v2/models/mnist/versions/v1', 'version: got "v1", expected an integer from 1'],
    ['GET', '/v2/models/mnist/versions/0/ready', 'version: got "0", expected an integer from 1'],
    ['GET', '/v2/models/MNIST', 'model: got "MNIST", expected 1-63 of a-z 0-9 . _ -'],
    ['GET', '/v2/models', 'path: got "/v2/models", expected one of'],
    ['GET', '/v2/models/mnist/infer/x', 'path: got "/v2/models/mnist/infer/x", expected one of'],
  ])('%s %s: 404', async (method, path, says) => {
    await expectError(await api.json(method, path), 404, says);
  });

  it('inference of a model or version that is not there: 404', async () => {
    const body = { inputs: [inputOf()] };
    await expectError(await inferAt('/v2/models/no/infer', body), 404, 'no version of no');
    await expectError(await inferAt('/v2/models/mnist/versions/9/infer', body), 404, 'no version 9');
  });

  const bytes = (...data: unknown[]) => ({ datatype: 'BYTES', shape: [data.length], data });
  const blank = encodePng({ width: 9, height: 9, depth: 8, channels: 1, data: new Uint8Array(81) });

  it.each<[string, object | string, string]>([
    ['no JSON', 'x', 'body: expected JSON: '],
    ['NaN', '{"inputs":[{"data":[NaN]}]}', "inputs[0].data[0]: got NaN, which JSON doesn't have"],
    ['a list', [], 'request: got [], expected object'],
    ['no inputs', {}, 'request.inputs: got nothing, expected array'],
    ['an empty list of inputs', { inputs: [] }, 'request.inputs: got [], expected at least 1 entries'],
    ['very many inputs', { inputs: zeros(100_000) }, 'request.inputs: got [0,'],
    ['an input that is no object', { inputs: [1] }, 'request.inputs[0]: got 1, expected object'],
  ])('%s: 400', async (_name, body, says) => {
    await expectError(await infer(body), 400, says);
  });

  it.each<[object, string]>([
    [{ id: 42 }, 'request.id: got 42, expected string'],
    [{ parameters: 1 }, 'request.parameters: got 1'],
    [{ outputs: [{ name: 'class' }, { name: 'y' }] }, 'outputs[1].name: got "y", expected "probabilities"'],
  ])('a request with %j: 400', async (more, says) => {
    await expectError(await infer({ inputs: [inputOf()], ...more }), 400, says);
  });

  it('a second input: 400', async () => {
    const twice = await infer({ inputs: [inputOf(), inputOf()] });
    await expectError(twice, 400, 'inputs: got 2 tensors, expected one, "pixels"');
  });

  it.each(['name', 'shape', 'datatype', 'data'])('an input without %s: 400', async (field) => {
    const input = inputOf({ [field]: undefined });
    await expectError(await infer({ inputs: [input] }), 400, `request.inputs[0].${field}: got nothing`);
  });

  it.each<[string, object, string]>([
    ['ratios', { datatype: 'FP32', data: Array(784).fill(0.5) }, 'data: image 0: got fractions of at most 1'],
    ['data that is no list', { data: 'AAAA' }, 'data: got "AAAA"'],
    ['another name', { name: 'x' }, 'name: got "x", expected "pixels"'],
    ['another datatype', { datatype: 'INT32' }, 'datatype: got "INT32", expected "UINT8", "FP32" or "BYTES"'],
    ['a datatype in small letters', { datatype: 'uint8' }, 'datatype: got "uint8"'],
    ['another shape', { shape: [784] }, 'shape: got [784], expected [N, 784] or [N, 28, 28]'],
    ['a negative shape', { shape: [-1, 784] }, 'shape[0]: got -1'],
    ['no images', { shape: [0, 784], data: [] }, 'shape[0]: got 0, expected 1 to 1000'],
    ['too many images', { shape: [1001, 784] }, 'shape[0]: got 1001'],
    ['too few elements', { data: zeros(783) }, 'data: got 783 elements, expected 784 for shape [1, 784]'],
    ['nesting unlike shape', { shape: [2, 784], data: [zeros(), zeros(783)] }, 'data[1]: got 783 entries'],
    ['partly nested', { shape: [2, 784], data: [zeros(), 5] }, 'data[1]: got 5, expected a list of 784, as'],
    ['a string', { data: [...zeros(783), '7'] }, 'data[783]: got "7", expected an integer from 0 to 255'],
    ['a fraction', { data: [0.5, ...zeros(783)] }, 'data[0]: got 0.5, expected an integer from 0 to 255'],
    [
      'FP32 above 255',
      { datatype: 'FP32', data: [255.5, ...zeros(783)] },
      'data[0]: got 255.5, expected a number from 0 to 255',
    ],
    ['BYTES of another shape', { ...bytes(), shape: [1, 2] }, 'shape: got [1, 2], expected [N] or [N, 1]'],
    ['BYTES that are a number', bytes(7), 'data[0]: got 7, expected a PNG or JPEG file in base64'],
    ['BYTES that are no base64', bytes('a b c'), 'data[0]: got "a b c", expected a PNG'],
    ['BYTES of no image', bytes('AAAA'), 'data[0]: got bytes of another kind'],
    ['a blank image', bytes(Buffer.from(blank).toString('base64')), 'data[0]: got grey levels from 0 to 0'],
  ])('an input with %s: 400', async (_name, more, says) => {
    await expectError(await infer({ inputs: [inputOf(more)] }), 400, `inputs[0].${says}`);
  });

  it('images of too many pixels together: 413', async () => {
    // Each of them alone is allowed, and the large one is refused before it is decoded.
    const png = (side: number) =>
      Buffer.from(encodePng({ width: side, height: side, depth: 8, channels: 1, data: inkOf(side) }));
    const input = inputOf(bytes(png(100).toString('base64'), png(4096).toString('base64')));
    await expectError(
      await infer({ inputs: [input] }),
      413,
      'inputs[0].data[1]: got 4096 × 4096 pixels, expected at most 16767216',
    );
  });

  it('a body of another type: 415, and none: 400', async () => {
    const path = '/v2/models/mnist/infer';
    const headers = { 'content-type': 'application/octet-stream' };
    const says = 'got "application/octet-stream", expected application/json';
    await expectError(await api.json('POST', path, { headers, body: 'x' }), 415, says);
    await expectError(await api.json('POST', path), 400, 'body: got 0 bytes, expected JSON');
  });
});
