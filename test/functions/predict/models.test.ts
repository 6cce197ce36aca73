/** GET /models and what is below it, over two tiny versions. */
import { describe, expect, it } from 'vitest';
import { decodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { modelAnswer, modelsAnswer, reportAnswer } from '../../../functions/predict/answer-schemas.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import { predictApi } from '../support/predict-api.ts';
import { CLASSES, SIDE, TEST_SIZE } from '../support/tiny-dataset.ts';

const api = predictApi();

describe('GET /models', () => {
  it('lists the models with their newest version', async () => {
    const { status, answer } = await api.json('GET', '/models');
    expect(status).toBe(200);
    expect(modelsAnswer.parse(answer)).toEqual({ models: [{ name: 'mnist', version: 2 }] });
  });

  it('leaves out what is no model: other names, and versions that were never promoted', async () => {
    const { body } = api.s3.objects.get(KEYS.version('mnist', 1))!;
    api.s3.objects.set(KEYS.version('draft', 1), { body });
    api.s3.objects.set('models/NO/latest.json', { body });
    expect((await api.json('GET', '/models')).answer.models).toEqual([{ name: 'mnist', version: 2 }]);
    api.empty();
    expect((await api.json('GET', '/models')).answer).toEqual({ models: [] });
  });
});

describe('GET /models/{model}', () => {
  it('lists the versions with their lineage, newest first', async () => {
    const { answer } = await api.json('GET', '/models/mnist');
    const model = modelAnswer.parse(answer);
    expect(model).toMatchObject({ name: 'mnist', latest: 2, versionsOmitted: 0, columns: null });
    expect(model.versions.map(({ version, runId }) => [version, runId])).toEqual([
      [2, 'b'],
      [1, 'a'],
    ]);
    expect(model.versions[0]).toEqual(api.s3.json(KEYS.version('mnist', 2)));
  });

  it('says what a rollback goes back to, and what is on trial', async () => {
    const trial = { version: 1, share: 0.25, mode: 'shadow' };
    for (const [latest, expected] of [
      [{ version: 2 }, { previous: null, trial: null }],
      [
        { version: 2, history: [1, 7, 4] },
        { previous: 4, trial: null },
      ],
      [
        { version: 2, candidate: trial },
        { previous: null, trial },
      ],
    ] as const) {
      api.s3.objects.set(KEYS.latest('mnist'), { body: Buffer.from(JSON.stringify(latest)) });
      const { answer } = await api.json('GET', '/models/mnist');
      expect(modelAnswer.parse(answer)).toMatchObject(expected);
    }
  });

  it('shows the newest hundred, and how many there are besides', async () => {
    const { body } = api.s3.objects.get(KEYS.version('mnist', 1))!;
    for (let version = 3; version <= 103; version++) {
      const document = { ...JSON.parse(Buffer.from(body).toString()), version };
      const bytes = Buffer.from(JSON.stringify(document));
      api.s3.objects.set(KEYS.version('mnist', version), { body: bytes });
    }
    const { answer } = await api.json('GET', '/models/mnist');
    expect(answer.versionsOmitted).toBe(3);
    const versions = answer.versions.map(({ version }: { version: number }) => version);
    expect(versions).toEqual(Array.from({ length: 100 }, (_, index) => 103 - index));
  });
});

it('a version that serves and is just being deleted is no error of the app: it is asked for again', async () => {
  api.s3.objects.set(KEYS.version('mnist', 2), { body: Buffer.alloc(0) });
  const { status, headers } = await api.json('GET', '/models/mnist/report');
  expect([status, headers!['retry-after']]).toEqual([503, '1']);
  api.s3.objects.delete(KEYS.version('mnist', 2));
  expect((await api.json('GET', '/models/mnist/report')).status).toBe(500);
});

describe('GET /models/{model}/report', () => {
  it('tells of the newest version or the one asked for', async () => {
    const newest = await api.json('GET', '/models/mnist/report');
    expect(reportAnswer.parse(newest.answer)).toMatchObject({ version: 2, lineage: { runId: 'b' } });
    const { answer } = await api.json('GET', '/models/mnist/report', { query: { version: '1' } });
    const report = reportAnswer.parse(answer);
    expect(report).toMatchObject({ model: 'mnist', version: 1, lineage: { runId: 'a' } });
    expect(report.evaluation).toMatchObject({
      size: TEST_SIZE,
      accuracy: report.lineage.metrics.testAccuracy,
    });
    expect(report.evaluation!.confusion).toHaveLength(CLASSES);
    const weights = Buffer.from(report.firstLayer.weights, 'base64');
    expect(weights).toHaveLength(report.firstLayer.shown * SIDE * SIDE * 4);
  });

  it('of a network of pictures has the filters one by one, as the checkpoint has them together', async () => {
    const layers = [[SIDE, SIDE, 1], { conv: 66, kernel: [2, 3], padding: 'same' }, CLASSES];
    await api.release('pictures', { layers, model: 'pictures' });
    const { answer } = await api.json('GET', '/models/pictures/report');
    const { architecture, firstLayer } = reportAnswer.parse(answer);
    expect(architecture.layers).toEqual(layers);
    expect(firstLayer).toMatchObject({ inputs: 6, units: 66, shown: 64, shape: [2, 3, 1] });
    const [weights, bias] = [firstLayer.weights, firstLayer.bias].map((text) => Buffer.from(text, 'base64'));
    expect([weights!.length, bias!.length]).toEqual([64 * 6 * 4, 64 * 4]);
    const { text } = await api.call('GET', '/models/pictures/weights');
    const first = decodeCheckpoint(Buffer.from(text, 'base64')).layers[0]!;
    for (const [filter, place] of [
      [0, 1],
      [5, 4],
      [63, 5],
    ] as const) {
      expect(weights!.readFloatLE((filter * 6 + place) * 4)).toBe(first.weights[place * 66 + filter]);
      expect(bias!.readFloatLE(filter * 4)).toBe(first.bias[filter]);
    }
  });

  it('without an evaluation reads nothing of the dataset', async () => {
    await api.json('GET', '/models/mnist');
    await api.json('GET', '/models/mnist/report', { query: { evaluation: 'false', version: '1' } });
    api.s3.calls.length = 0;
    const query = { evaluation: 'false', version: '1' };
    const { answer } = await api.json('GET', '/models/mnist/report', { query });
    expect(reportAnswer.parse(answer)).toMatchObject({
      version: 1,
      evaluation: null,
      regression: null,
      evaluationMissing: 'not asked for: evaluation=false',
    });
    expect(api.s3.calls).toEqual([]);
    const whole = await api.json('GET', '/models/mnist/report', { query: { version: '1' } });
    expect(whole.answer).toEqual({ ...answer, evaluation: whole.answer.evaluation, evaluationMissing: null });
    expect(whole.answer.evaluation.size).toBe(TEST_SIZE);
    const wrong = await api.json('GET', '/models/mnist/report', { query: { evaluation: 'no' } });
    expect(wrong.status).toBe(422);
  });

  it('is made once for a version in memory', async () => {
    const first = await api.json('GET', '/models/mnist/report');
    api.s3.calls.length = 0;
    expect(await api.json('GET', '/models/mnist/report')).toEqual(first);
    expect(api.s3.calls).toEqual([]);
  });
});

describe('GET /models/{model}/weights', () => {
  it('is the checkpoint as it is stored', async () => {
    const { status, headers, text } = await api.call('GET', '/models/mnist/weights', {
      query: { version: '1' },
    });
    const { checkpoint } = api.s3.json(KEYS.version('mnist', 1)) as { checkpoint: Record<string, string> };
    const bytes = Buffer.from(text, 'base64');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      etag: `"${checkpoint.sha256}"`,
      'x-model-version': '1',
    });
    expect(sha256(bytes)).toBe(checkpoint.sha256);
    expect(bytes).toHaveLength(Number(checkpoint.bytes));
  });

  it('is refused when no answer could hold it', async () => {
    const key = KEYS.version('mnist', 2);
    const document = api.s3.json(key) as { checkpoint: object };
    const larger = { ...document, checkpoint: { ...document.checkpoint, bytes: 5_000_000 } };
    api.s3.objects.set(key, { body: Buffer.from(JSON.stringify(larger)) });
    expect(await api.json('GET', '/models/mnist/weights')).toMatchObject({
      status: 422,
      answer: {
        error: 'version: version 2 has 5000000 bytes, expected at most 4500000',
        field: 'version',
      },
    });
  });
});

describe('what is not there', () => {
  it.each<[string, Record<string, string> | undefined, number, string]>([
    ['/models/no', undefined, 404, 'model: no version of no has been promoted'],
    ['/models/no/report', undefined, 404, 'model: no version of no has been promoted'],
    ['/models/..%2Fruns', undefined, 404, 'model: got "../runs", expected 1-63 of a-z 0-9 . _ -'],
    ['/models/mnist/report', { version: '3' }, 404, 'version: model mnist has no version 3'],
    ['/models/mnist/report', { version: 'x' }, 422, 'version: got "x", expected an integer from 1'],
  ])('%s %o', async (path, query, status, error) => {
    const field = error.split(':')[0];
    const got = await api.json('GET', path, query === undefined ? {} : { query });
    expect({ status: got.status, answer: got.answer }).toEqual({ status, answer: { error, field } });
  });

  it('is 503 while the default model has no version', async () => {
    api.empty();
    for (const path of ['report', 'weights']) {
      expect((await api.json('GET', `/models/mnist/${path}`)).status).toBe(503);
    }
    expect((await api.json('GET', '/models/mnist')).status).toBe(404);
  });
});

it('images are for models of 784 inputs', async () => {
  const png = Buffer.from('89504e470d0a1a0a', 'hex').toString('base64');
  const request = { body: png, isBase64Encoded: true, headers: { 'content-type': 'image/png' } };
  expect((await api.json('POST', '/predict', request)).answer).toEqual({
    error: 'body: got an image, whose pixels are 784, expected 9 numbers, as model mnist takes',
    field: 'body',
  });
});

it('explanations are for a hundred images at most', async () => {
  const instances = (count: number) => JSON.stringify({ instances: Array(count).fill(Array(9).fill(1)) });
  const query = { explain: 'true' };
  const most = await api.predict(instances(100), { query });
  expect(most.answer.predictions[99].explanation).toHaveLength(9);
  expect((await api.predict(instances(101), { query })).answer).toEqual({
    error: 'instances: got 101 images, expected 1 to 100 with explain=true',
    field: 'instances',
  });
});
