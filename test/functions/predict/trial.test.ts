/** Candidates on trial, through the HTTP API: who answers, what is compared, and what is counted. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { ModelCache } from '../../../functions/inference/model-cache.ts';
import type { Emit } from '../../../functions/predict/observed.ts';
import { isInShare } from '../../../functions/predict/trial.ts';
import type { LatestModel } from '../../../functions/schemas/documents.ts';
import { encodeJson } from '../../../functions/store/json.ts';
import { s3WithContent } from '../support/fake-s3.ts';
import { httpApi } from '../support/http-api.ts';
import { httpEvent } from '../support/http-event.ts';
import { tinyRuns } from '../support/tiny-run.ts';

type Entry = Parameters<Emit>[0];

/** An image of each class, and what an untrained network may take for anything. */
const IMAGES = [0, 1, 2].map((row) =>
  Array.from({ length: 9 }, (_, pixel) => (Math.floor(pixel / 3) === row ? 220 : 0)),
);
const api = httpApi();
const s3 = s3WithContent(async () => {
  const { prepare, release } = tinyRuns(api.store);
  await prepare();
  await release('trained');
  await release('barely', { iterations: 1, seed: 1 });
});
let now: number;
let emitted: Entry[];

beforeEach(() => {
  now = 0;
  api.models = new ModelCache(api.store, () => now);
  emitted = [];
  api.emit = (entry) => emitted.push(entry);
});

const setLatest = (latest: LatestModel) => {
  s3.objects.set(KEYS.latest('mnist'), { body: encodeJson(latest) });
};
const onTrial = (mode: 'canary' | 'shadow', share = 1) =>
  setLatest({ version: 1, candidate: { version: 2, share, mode } });

async function post(
  path: string,
  body: object,
  requestId: string,
  query?: Record<string, string>,
  status = 200,
) {
  const headers = { 'content-type': 'application/json' };
  const request = { headers, body: JSON.stringify(body), ...(query === undefined ? {} : { query }) };
  const event = httpEvent('POST', path, request);
  event.requestContext.requestId = requestId;
  const result = await api.answer(event);
  expect(result.statusCode).toBe(status);
  return JSON.parse(result.body!);
}
const predict = (requestId: string, query?: Record<string, string>) =>
  post('/predict', { instances: IMAGES }, requestId, query);
/** Values of the metrics of each line that has this metric. */
const lines = (metric: string) =>
  emitted
    .filter(({ metrics }) => metric in metrics)
    .map(({ metrics, dimensions }) => ({
      ...dimensions,
      ...Object.fromEntries(Object.entries(metrics).map(([name, { value }]) => [name, value])),
    }));

describe('a canary', () => {
  it('answers its share of the requests, each wholly by one version, which the answer names', async () => {
    const pinned = new Map([
      [1, await predict('', { version: '1' })],
      [2, await predict('', { version: '2' })],
    ]);
    expect(pinned.get(1).predictions).not.toEqual(pinned.get(2).predictions);
    onTrial('canary', 0.25);
    for (let index = 0; index < 60; index++) {
      const id = `request-${index}`;
      const got = await predict(id);
      expect(got.version).toBe(isInShare(id, 0.25) ? 2 : 1);
      expect(got).toEqual(pinned.get(got.version));
      const inferred = await post(
        '/v2/models/mnist/infer',
        { inputs: [{ name: 'pixels', datatype: 'FP32', shape: [1, 9], data: IMAGES[0] }] },
        id,
      );
      expect(inferred.model_version).toBe(String(got.version));
    }
    expect(new Set(lines('Requests').map(({ Version }) => Version))).toEqual(new Set(['1', '2']));
  });

  it('leaves requests that name a version alone', async () => {
    onTrial('canary');
    expect((await predict('a')).version).toBe(2);
    emitted = [];
    expect((await predict('a', { version: '1' })).version).toBe(1);
    expect(lines('CandidateRequests')).toEqual([]);
  });

  it('is over when latest.json names it no more', async () => {
    onTrial('canary');
    expect((await predict('a')).version).toBe(2);
    setLatest({ version: 1 });
    now += 2000;
    expect((await predict('a')).version).toBe(1);
    onTrial('canary');
    now += 2000;
    expect((await predict('a')).version).toBe(2);
  });
});

describe('a shadow', () => {
  it('never answers, and is compared image by image', async () => {
    const [first, second] = [await predict('', { version: '1' }), await predict('', { version: '2' })];
    const differ = IMAGES.filter((_, i) => first.predictions[i].class !== second.predictions[i].class).length;
    expect(differ).toBeGreaterThan(0);
    onTrial('shadow');
    emitted = [];
    expect(await predict('a')).toEqual(first);
    expect(lines('CandidateRequests')).toEqual([
      {
        Model: 'mnist',
        Version: '2',
        CandidateRequests: 1,
        CandidateErrors: 0,
        Compared: IMAGES.length,
        Disagreements: differ,
      },
    ]);
  });

  it('is not asked outside of its share', async () => {
    onTrial('shadow', 0.25);
    const ids = Array.from({ length: 40 }, (_, index) => `request-${index}`);
    for (const id of ids) await predict(id);
    expect(lines('CandidateRequests')).toHaveLength(ids.filter((id) => isInShare(id, 0.25)).length);
  });
});

describe.each(['canary', 'shadow'] as const)('a %s that is no good', (mode) => {
  const ERROR = { CandidateRequests: 1, CandidateErrors: 1, Compared: 0, Disagreements: 0 };

  it.each<[string, () => unknown]>([
    ['is not there', () => s3.objects.delete(KEYS.version('mnist', 2))],
    ['has lost its checkpoint', () => s3.objects.delete(KEYS.checkpoint('barely', 1))],
    [
      'takes other images',
      () => {
        api.models.findVersion = async () => ({
          ...(await api.models.find('mnist'))!,
          version: 2,
          inputSize: 784,
        });
      },
    ],
  ])('costs its requests nothing and has an error when it %s', async (_what, breakIt) => {
    onTrial(mode);
    breakIt();
    expect((await predict('a')).version).toBe(1);
    expect(lines('CandidateRequests')).toEqual([{ Model: 'mnist', Version: '2', ...ERROR }]);
  });
});

it('counts requests, errors and time of each version, also without a trial', async () => {
  setLatest({ version: 1 });
  await predict('a');
  await predict('b', { version: '2' });
  expect(lines('Requests')).toEqual([
    { Model: 'mnist', Version: '1', Requests: 1, Errors: 0, Latency: expect.any(Number) },
    { Model: 'mnist', Version: '2', Requests: 1, Errors: 0, Latency: expect.any(Number) },
  ]);
  expect(emitted.map(({ dimensionSets }) => dimensionSets)).toEqual([
    [['Model', 'Version']],
    [['Model', 'Version']],
  ]);
});

it('counts an error of a candidate that answers, and of a shadow without its request noticing', async () => {
  const broken = async () => ({
    ...(await api.models.find('mnist'))!,
    version: 2,
    predict: () => {
      throw new Error('broken');
    },
  });
  api.models.findVersion = broken;
  onTrial('shadow');
  expect((await predict('a')).version).toBe(1);
  onTrial('canary');
  now += 2000;
  await post('/predict', { instances: IMAGES }, 'b', undefined, 500);
  expect(lines('CandidateErrors').map(({ CandidateErrors }) => CandidateErrors)).toEqual([1, 1]);
  expect(lines('Errors').map(({ Version, Errors }) => `${Version}: ${Errors}`)).toEqual([
    '1: 0',
    '2: 1',
    '2: 1',
  ]);
});

describe('isInShare', () => {
  it('has none of the requests at 0 and all at 1', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        expect(isInShare(id, 0)).toBe(false);
        expect(isInShare(id, 1)).toBe(true);
      }),
    );
  });

  it('keeps the requests of a smaller share in a larger one', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.string(), share, share, (id, a, b) => {
        if (isInShare(id, Math.min(a, b))) expect(isInShare(id, Math.max(a, b))).toBe(true);
      }),
    );
  });

  it('decides as it always has', () => {
    // SHA-256 of "abc" begins with ba7816bf: 0.7284 of the range.
    expect(isInShare('abc', 0.728)).toBe(false);
    expect(isInShare('abc', 0.729)).toBe(true);
  });

  it.each([
    ['random ids', 0.1, () => randomUUID()],
    ['random ids', 0.5, () => randomUUID()],
    ['ids that count', 0.1, (index: number) => `request-${index}`],
    ['ids that count', 0.9, (index: number) => `request-${index}`],
  ])('takes of 20,000 %s a share of %d within six standard deviations', (_what, share, idOf) => {
    const n = 20_000;
    const picked = Array.from({ length: n }, (_, index) => isInShare(idOf(index), share)).filter(
      Boolean,
    ).length;
    expect(Math.abs(picked - n * share)).toBeLessThan(6 * Math.sqrt(n * share * (1 - share)));
  });
});
