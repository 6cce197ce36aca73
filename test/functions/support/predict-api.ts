/** The HTTP API over a bucket with two tiny models in it. */
import { beforeAll, beforeEach, expect } from 'vitest';
import { ModelCache } from '../../../functions/inference/model-cache.ts';
import { answer } from '../../../functions/predict/router.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import type { HeldObjects } from './bucket-content.ts';
import { type FakeS3, fakeS3 } from './fake-s3.ts';
import { type HttpRequest, httpEvent } from './http-event.ts';
import { tinyRuns } from './tiny-run.ts';

/** Before each test: runs `a` and `b`, promoted as versions 1 and 2 of `mnist`, and a function without models in memory. */
export function predictApi() {
  const store = createS3Store('bucket');
  let promoted: HeldObjects;
  const api = {
    s3: undefined as unknown as FakeS3,
    models: undefined as unknown as ModelCache,

    async call(method: string, path: string, request: HttpRequest = {}) {
      const event = httpEvent(method, path, request);
      const result = await answer(event, {
        store,
        models: api.models,
        defaultModel: 'mnist',
        emit: () => {},
      });
      expect(result.headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      return { status: result.statusCode, headers: result.headers, text: result.body! };
    },

    async json(method: string, path: string, request: HttpRequest = {}) {
      const { status, headers, text } = await api.call(method, path, request);
      expect(headers).toMatchObject({ 'content-type': 'application/json' });
      return { status, headers, answer: JSON.parse(text) };
    },

    predict: (body: string, request: HttpRequest = {}) =>
      api.json('POST', '/predict', { headers: { 'content-type': 'application/json' }, body, ...request }),

    /** Forgets everything. */
    empty() {
      api.s3.objects.clear();
      api.models = new ModelCache(store);
    },
  };
  beforeAll(async () => {
    const s3 = fakeS3();
    const { prepare, release } = tinyRuns(store);
    await prepare();
    await release('a');
    await release('b', { seed: 1 });
    promoted = new Map(s3.objects);
  });
  beforeEach(() => {
    api.s3 = fakeS3({ holds: promoted });
    api.models = new ModelCache(store);
  });
  return api;
}
