/** The HTTP API over a bucket with two tiny models in it. */
import { beforeEach, expect } from 'vitest';
import { ModelCache } from '../../../functions/inference/model-cache.ts';
import { s3WithContent } from './fake-s3.ts';
import { httpApi } from './http-api.ts';
import type { HttpRequest } from './http-event.ts';
import { tinyRuns } from './tiny-run.ts';

/** Before each test: runs `a` and `b`, promoted as versions 1 and 2 of `mnist`, and a function without models in memory. */
export function predictApi() {
  const http = httpApi();
  const { prepare, release } = tinyRuns(http.store);
  const s3 = s3WithContent(async () => {
    await prepare();
    await release('a');
    await release('b', { seed: 1 });
  });
  beforeEach(() => {
    http.models = new ModelCache(http.store);
  });

  const checked = <T extends { headers: object | undefined }>(result: T, asked: string): T => {
    expect(result.headers).toMatchObject({
      // The page is kept, and asked about each time.
      'cache-control': asked === 'GET /' ? 'no-cache' : 'no-store',
      'x-content-type-options': 'nosniff',
    });
    return result;
  };
  const call = async (method: string, path: string, request?: HttpRequest) =>
    checked(await http.call(method, path, request), `${method} ${path}`);
  const json = async (method: string, path: string, request?: HttpRequest) => {
    const result = checked(await http.json(method, path, request), `${method} ${path}`);
    expect(result.headers).toMatchObject({ 'content-type': 'application/json' });
    return result;
  };
  return {
    s3,
    release,
    answer: http.answer,
    call,
    json,
    predict: (body: string, request?: HttpRequest) => http.post('/predict', body, request),
    /** Forgets everything. */
    empty() {
      s3.objects.clear();
      http.models = new ModelCache(http.store);
    },
  };
}
