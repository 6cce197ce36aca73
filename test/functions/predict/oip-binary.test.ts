/**
 * The binary tensor data extension of the Open Inference Protocol, in the wire form of its document
 * (triton-inference-server/server, docs/protocol/extension_binary_data.md), which Triton's HTTP clients use by default.
 */
import { encode as encodePng } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { inferenceResponse } from '../../../functions/predict/oip-schemas.ts';
import { binaryEvent, LENGTH_HEADER, lengthPrefixed, readBinaryAnswer } from '../support/binary-tensors.ts';
import { httpEvent } from '../support/http-event.ts';
import { mnistApi } from '../support/mnist-api.ts';

const api = mnistApi({ train: 6000, test: 500 });
const PATH = '/v2/models/mnist/infer';

/** As the client writes a tensor that is behind the JSON. */
const tensor = (datatype: string, shape: number[], bytes: Uint8Array) => ({
  name: 'pixels',
  datatype,
  shape,
  parameters: { binary_data_size: bytes.length },
});
const send = async (json: object, parts: readonly Uint8Array[], headers?: Record<string, string>) =>
  api.answer(binaryEvent(PATH, json, parts, headers));
const images = () => [0, 1].map((index) => api.digit(index));
const pixels = () => Buffer.concat(images());
/** Of a request whose outputs are all wanted as bytes, as a client's that names none. */
const ALL_BINARY = { parameters: { binary_data_output: true } };

async function expectAnswer(json: object, parts: readonly Uint8Array[], headers?: Record<string, string>) {
  const { answer: plain } = await api.post(PATH, {
    inputs: [{ name: 'pixels', datatype: 'UINT8', shape: [2, 784], data: [...pixels()] }],
  });
  const { outputs, ...rest } = readBinaryAnswer(await send({ ...json, ...ALL_BINARY }, parts, headers));
  expect(
    inferenceResponse.parse({ ...rest, outputs: outputs.map(({ bytes: _, ...output }) => output) }),
  ).toBeDefined();
  expect(outputs.map(({ name, data }) => ({ name, data }))).toEqual([
    { name: 'probabilities', data: undefined },
    { name: 'class', data: undefined },
    { name: 'class_name', data: undefined },
  ]);
  const [probabilities, classes, names] = outputs.map(({ bytes }) => bytes!);
  const [expected, expectedClasses, expectedNames] = plain.outputs.map(({ data }: { data: unknown }) => data);
  expect(Array.from({ length: 20 }, (_, i) => probabilities!.readFloatLE(4 * i))).toEqual(expected);
  expect([0, 1].map((i) => Number(classes!.readBigInt64LE(8 * i)))).toEqual(expectedClasses);
  expect(names).toEqual(lengthPrefixed(...expectedNames));
}

describe('a request', () => {
  const png = (index: number) =>
    encodePng({ width: 28, height: 28, depth: 8, channels: 1, data: api.digit(index) });

  it.each<[string, string, number[], () => Uint8Array]>([
    ['UINT8', 'UINT8', [2, 784], pixels],
    ['UINT8 in rows', 'UINT8', [2, 28, 28], pixels],
    ['FP32', 'FP32', [2, 784], () => new Uint8Array(Float32Array.from(pixels()).buffer)],
    ['BYTES', 'BYTES', [2], () => lengthPrefixed(png(0), png(1))],
    ['BYTES in a column', 'BYTES', [2, 1], () => lengthPrefixed(png(0), png(1))],
  ])('of %s is answered as the same numbers in JSON', async (_name, datatype, shape, bytes) => {
    await expectAnswer({ inputs: [tensor(datatype, shape, bytes())] }, [bytes()]);
  });

  it.each(['', 'application/json', 'application/x-www-form-urlencoded'])(
    'is known by its header, though its type is said to be "%s"',
    async (type) => {
      const input = tensor('UINT8', [2, 784], pixels());
      await expectAnswer({ inputs: [input] }, [pixels()], { 'content-type': type });
    },
  );

  it('may have its data in JSON and its answer as bytes, with the header and without', async () => {
    const input = { name: 'pixels', datatype: 'UINT8', shape: [2, 784], data: [...pixels()] };
    await expectAnswer({ inputs: [input] }, []);
    const body = JSON.stringify({ inputs: [input], ...ALL_BINARY });
    const result = await api.answer(httpEvent('POST', PATH, { body }));
    expect(readBinaryAnswer(result).outputs[0]!.bytes).toHaveLength(80);
  });
});

describe('an answer', () => {
  const input = () => tensor('UINT8', [2, 784], pixels());
  const isBinary = async (more: object) =>
    readBinaryAnswer(await send({ inputs: [input()], ...more }, [pixels()])).outputs.map(
      ({ name, bytes, data }) => {
        expect(bytes === undefined).toBe(data !== undefined);
        return [name, bytes !== undefined];
      },
    );

  it('has as bytes the outputs that say so, and those that say nothing where the request says so', async () => {
    const outputs = [
      { name: 'class', parameters: { binary_data: true } },
      { name: 'probabilities', parameters: { binary_data: false } },
      { name: 'class_name' },
    ];
    expect(await isBinary({ outputs })).toEqual([
      ['class', true],
      ['probabilities', false],
      ['class_name', false],
    ]);
    expect(await isBinary({ outputs, ...ALL_BINARY })).toEqual([
      ['class', true],
      ['probabilities', false],
      ['class_name', true],
    ]);
  });

  it('is JSON alone when nothing is wanted as bytes', async () => {
    const { statusCode, headers, body } = await send({ inputs: [input()] }, [pixels()]);
    expect({ statusCode, type: headers!['content-type'] }).toEqual({
      statusCode: 200,
      type: 'application/json',
    });
    expect(headers).not.toHaveProperty(LENGTH_HEADER);
    expect(JSON.parse(body!).outputs[1].data).toHaveLength(2);
  });
});

it('null stands for what is optional and not there', async () => {
  const bytes = pixels();
  const json = {
    id: null,
    parameters: { binary_data_output: null },
    inputs: [{ ...tensor('UINT8', [2, 784], bytes), data: null }],
    outputs: [
      { name: 'class', parameters: null },
      { name: 'class_name', parameters: { binary_data: null } },
    ],
  };
  const { statusCode, body } = await send(json, [bytes]);
  expect(statusCode).toBe(200);
  const answer = JSON.parse(body!);
  expect(answer).not.toHaveProperty('id');
  expect(answer.outputs).toHaveLength(2);
  const plain = { name: 'pixels', datatype: 'UINT8', shape: [2, 784], data: [...bytes], parameters: null };
  const { status, answer: all } = await api.post(PATH, {
    id: null,
    parameters: null,
    outputs: null,
    inputs: [plain],
  });
  expect({ status, outputs: all.outputs.length }).toEqual({ status: 200, outputs: 3 });
});

describe('refused with 400:', () => {
  const size = (bytes: unknown) => ({ parameters: { binary_data_size: bytes } });
  const ratios = () => new Uint8Array(new Float32Array(784).fill(0.5).buffer);
  const one = () => api.digit(0);
  const bytesOf = (part: Uint8Array) => [tensor('BYTES', [1], part), [part]] as const;

  it.each<[string, () => readonly [object, readonly Uint8Array[]], string]>([
    [
      'fewer bytes than the shape',
      () => [tensor('UINT8', [2, 784], one()), [one()]],
      'inputs[0].parameters.binary_data_size: got 784, expected 1568 for UINT8 of shape [2, 784]',
    ],
    [
      'FP32 of a byte each',
      () => [tensor('FP32', [1, 784], one()), [one()]],
      'got 784, expected 3136 for FP32',
    ],
    [
      'more bytes than said',
      () => [tensor('UINT8', [1, 784], one()), [one(), one()]],
      'body: got 1568 bytes behind the JSON, expected 784, the sum of binary_data_size',
    ],
    [
      'fewer bytes than said',
      () => [tensor('UINT8', [1, 784], one()), [one().subarray(1)]],
      'body: got 783 bytes behind the JSON, expected 784',
    ],
    [
      'bytes that no tensor has',
      () => [{ name: 'pixels', datatype: 'UINT8', shape: [1, 784], data: [...one()] }, [one()]],
      'got 784 bytes behind the JSON, expected 0',
    ],
    [
      'data besides',
      () => [{ ...tensor('UINT8', [1, 784], one()), data: [...one()] }, [one()]],
      'inputs[0].data: got it beside binary_data_size',
    ],
    [
      'neither',
      () => [{ name: 'pixels', datatype: 'UINT8', shape: [1, 784] }, []],
      'request.inputs[0].data: got nothing, expected an array, or parameters.binary_data_size',
    ],
    [
      'a size that is none',
      () => [{ ...tensor('UINT8', [1, 784], one()), ...size('784') }, [one()]],
      'request.inputs[0].parameters.binary_data_size: got "784", expected',
    ],
    [
      'a size below 0',
      () => [{ ...tensor('UINT8', [1, 784], one()), ...size(-1) }, [one()]],
      'binary_data_size: got -1, expected at least 0',
    ],
    [
      'a datatype that is none',
      () => [tensor('FP8', [1, 784], one()), [one()]],
      'inputs[0].datatype: got "FP8", expected one of BYTES, BOOL',
    ],
    [
      'a datatype that pictures do not have',
      () => [tensor('INT8', [1, 784], one()), [one()]],
      'inputs[0].datatype: got "INT8", expected "UINT8", "FP32" or "BYTES"',
    ],
    [
      'NaN',
      () => [tensor('FP32', [1, 784], ratios().fill(255)), [ratios().fill(255)]],
      'inputs[0].data[0]: got NaN, expected a number from 0 to 255',
    ],
    [
      'fractions of 1',
      () => [tensor('FP32', [1, 784], ratios()), [ratios()]],
      'inputs[0].data: image 0: got fractions of at most 1',
    ],
    [
      'a length beyond the tensor',
      () => bytesOf(Buffer.of(9, 0, 0, 0, 1)),
      'inputs[0].data[0]: got a length of 9 and 1 bytes, expected a length and its bytes',
    ],
    [
      'half a length',
      () => bytesOf(Buffer.of(9, 0)),
      'inputs[0].data[0]: got 2 bytes, expected a length and its bytes',
    ],
    ['too few elements', () => bytesOf(Buffer.of()), 'inputs[0].data: got 0 elements, expected 1'],
    [
      'too many elements',
      () => bytesOf(lengthPrefixed('a', 'b')),
      'binary_data_size: got 10, expected 5, which is what 1 elements take',
    ],
    [
      'an element that is no picture',
      () => bytesOf(lengthPrefixed('GIF89a')),
      'inputs[0].data[0]: got GIF, expected',
    ],
  ])('%s', async (_name, request, says) => {
    const [input, parts] = request();
    const { statusCode, body } = await send({ inputs: [input] }, parts);
    expect({ statusCode, error: JSON.parse(body!).error }).toEqual({
      statusCode: 400,
      error: expect.stringContaining(says),
    });
  });

  it.each([
    ['0', 'got "0", expected the bytes of JSON in the body, 1 to 9'],
    ['10', 'got "10", expected the bytes of JSON in the body, 1 to 9'],
    ['-1', 'got "-1"'],
    ['all', 'got "all"'],
    ['8', 'body: expected JSON: '],
  ])('a header of %s bytes before a body of 9', async (length, says) => {
    const { statusCode, body } = await send({ a: 555 }, [], { [LENGTH_HEADER]: length });
    expect({ statusCode, error: JSON.parse(body!).error }).toEqual({
      statusCode: 400,
      error: expect.stringContaining(says),
    });
  });

  it('a size without the header', async () => {
    const body = { inputs: [tensor('UINT8', [1, 784], one())] };
    const { status, answer } = await api.post(PATH, body);
    expect({ status, error: answer.error }).toEqual({
      status: 400,
      error:
        'inputs[0].parameters.binary_data_size: got 784, expected the header Inference-Header-Content-Length with it',
    });
  });
});

it('bytes that came as text are refused with 415, and a compressed body, too', async () => {
  const event = binaryEvent(PATH, { inputs: [tensor('UINT8', [1, 784], api.digit(0))] }, [api.digit(0)]);
  const asText = {
    ...event,
    headers: { ...event.headers, 'content-type': 'application/json' },
    body: Buffer.from(event.body!, 'base64').toString('utf8'),
    isBase64Encoded: false,
  };
  const text = await api.answer(asText);
  expect({ status: text.statusCode, error: JSON.parse(text.body!).error }).toEqual({
    status: 415,
    error:
      'content-type: got "application/json", which passes as text, expected application/octet-stream for binary tensors',
  });
  const gzip = await api.answer({ ...event, headers: { ...event.headers, 'content-encoding': 'gzip' } });
  expect(gzip.statusCode).toBe(415);
});

it('is named by the server, and described in openapi.json', async () => {
  expect((await api.json('GET', '/v2')).answer.extensions).toEqual(['binary_tensor_data']);
  const { paths } = (await api.json('GET', '/openapi.json')).answer;
  for (const path of ['/v2/models/{model}/infer', '/v2/models/{model}/versions/{version}/infer']) {
    const { parameters, requestBody, responses } = paths[path].post;
    expect(parameters).toContainEqual(
      expect.objectContaining({ name: LENGTH_HEADER, in: 'header', required: false }),
    );
    for (const { content } of [requestBody, responses[200]]) {
      expect(Object.keys(content)).toEqual(['application/json', 'application/octet-stream']);
    }
    expect(Object.keys(responses[200].headers)).toEqual([LENGTH_HEADER]);
  }
  expect(paths['/predict'].post.requestBody.content).not.toHaveProperty('application/octet-stream');
});
