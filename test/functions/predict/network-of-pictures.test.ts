/** A model of convolutions over HTTP: its metadata, the shapes that its tensors may have, and contributions of pixels. */
import { beforeEach, describe, expect, it } from 'vitest';
import { explainClass } from '../../../core/model/explain.ts';
import { decodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { predictApi } from '../support/predict-api.ts';

const api = predictApi();
const LAYERS = [
  [3, 3, 1],
  { conv: 4, kernel: 2, activation: 'relu' },
  { maxPool: [2, 1] },
  { dropout: 0.2 },
  3,
];
const PIXELS = [0, 9, 0, 210, 220, 230, 0, 0, 9];

beforeEach(async () => {
  expect(await api.release('conv', { layers: LAYERS, promotion: 'always' })).toBe(3);
});

const infer = (shape: number[], data: unknown) =>
  api.json('POST', '/v2/models/mnist/infer', {
    body: JSON.stringify({ inputs: [{ name: 'pixels', datatype: 'UINT8', shape, data }] }),
    headers: { 'content-type': 'application/json' },
  });

describe('a network of pictures', () => {
  it('says in its metadata what it takes, and a dense one as before', async () => {
    const { answer } = await api.json('GET', '/v2/models/mnist/versions/3');
    expect(answer.inputs).toEqual([{ name: 'pixels', datatype: 'UINT8', shape: [-1, 3, 3, 1] }]);
    const { answer: dense } = await api.json('GET', '/v2/models/mnist/versions/1');
    expect(dense.inputs).toEqual([{ name: 'pixels', datatype: 'UINT8', shape: [-1, 9] }]);
  });

  it('takes tensors as pictures with and without channels, as rows, flat and nested, to one answer', async () => {
    const side = [PIXELS.slice(0, 3), PIXELS.slice(3, 6), PIXELS.slice(6)];
    const answers = await Promise.all([
      infer([1, 9], PIXELS),
      infer([1, 3, 3, 1], PIXELS),
      infer([1, 3, 3, 1], [side.map((row) => row.map((pixel) => [pixel]))]),
      infer([1, 3, 3], [side]),
    ]);
    const [first] = answers;
    expect(first!.status).toBe(200);
    expect(first!.answer.model_version).toBe('3');
    for (const { status, answer } of answers) expect([status, answer]).toEqual([200, first!.answer]);
    const { answer: predicted } = await api.predict(JSON.stringify({ pixels: PIXELS }));
    const [probabilities] = first!.answer.outputs;
    expect(probabilities.data).toEqual(predicted.probabilities);
  });

  it.each([[[1, 1, 3, 3]], [[3, 3, 1]], [[1, 9, 1]]])('refuses the shape %j', async (shape) => {
    const { status, answer } = await infer(shape, PIXELS);
    expect([status, answer.error]).toEqual([
      400,
      `inputs[0].shape: got [${shape.join(', ')}], expected [N, 9] or [N, 3, 3, 1] or [N, 3, 3]`,
    ]);
  });

  it('explains its answer by the pixels as it takes them', async () => {
    const { answer } = await api.predict(JSON.stringify({ pixels: PIXELS }), { query: { explain: 'true' } });
    const { checkpoint } = api.s3.json(KEYS.version('mnist', 3)) as { checkpoint: { key: string } };
    const { architecture, layers } = decodeCheckpoint(api.s3.objects.get(checkpoint.key)!.body);
    expect(architecture.layers).toEqual(LAYERS);
    const x = Float32Array.from(PIXELS, (pixel) => pixel / 255);
    const expected = explainClass(architecture, layers, x, answer.class);
    expect(answer.explanation).toEqual(Array.from(expected, (value) => Number(value.toPrecision(6))));
    expect(answer.explanation.filter((value: number) => value !== 0).length).toBeGreaterThan(2);
  });
});
