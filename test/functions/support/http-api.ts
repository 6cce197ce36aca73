/** The HTTP API over whatever the bucket holds. */

import type { Manage } from '../../../functions/contract/routes.ts';
import { ModelCache } from '../../../functions/inference/model-cache.ts';
import type { ApiAuth } from '../../../functions/predict/auth.ts';
import type { Emit } from '../../../functions/predict/observed.ts';
import { answer } from '../../../functions/predict/router.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { type HttpRequest, httpEvent } from './http-event.ts';

export function httpApi(defaultModel = 'mnist') {
  const store = createS3Store('bucket');
  const api = {
    store,
    /** What the function has in memory. */
    models: new ModelCache(store),
    emit: (() => {}) as Emit,
    auth: { kind: 'none' } as ApiAuth,
    manage: 'auth' as Manage,

    answer: (event: ReturnType<typeof httpEvent>) =>
      answer(event, {
        store,
        models: api.models,
        defaultModel,
        emit: api.emit,
        auth: api.auth,
        manage: api.manage,
      }),

    async call(method: string, path: string, request: HttpRequest = {}) {
      const { statusCode, headers, body } = await api.answer(httpEvent(method, path, request));
      return { status: statusCode, headers, text: body! };
    },

    async json(method: string, path: string, request: HttpRequest = {}) {
      const { status, headers, text } = await api.call(method, path, request);
      return { status, headers, answer: JSON.parse(text) };
    },

    /** Posts JSON. */
    post: (path: string, body: unknown, request: HttpRequest = {}) =>
      api.json('POST', path, {
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...request,
      }),

    /** Posts a file to /predict as API Gateway passes it on. */
    postFile: (bytes: Uint8Array, type = 'image/png', query?: Record<string, string>) =>
      api.json('POST', '/predict', {
        body: Buffer.from(bytes).toString('base64'),
        isBase64Encoded: true,
        headers: { 'content-type': type },
        ...(query === undefined ? {} : { query }),
      }),
  };
  return api;
}
