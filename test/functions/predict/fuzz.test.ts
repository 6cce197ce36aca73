/** Whatever is asked, the answer is one of the API's own, and 500 is none of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../functions/contract/routes.ts';
import { errorAnswer } from '../../../functions/predict/answer-schemas.ts';
import { answer } from '../../../functions/predict/router.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { httpEvent } from '../support/http-event.ts';
import { predictApi } from '../support/predict-api.ts';

const api = predictApi();
const store = createS3Store('bucket');

const segment = fc.oneof(
  fc.constantFrom(
    'mnist',
    '1',
    '2',
    '3',
    '0',
    'a',
    'v2',
    'models',
    'versions',
    'infer',
    'ready',
    '..',
    '%2e',
    '',
  ),
  fc.string({ maxLength: 12 }).map((text) => text.replaceAll('/', '')),
);
const path = fc.oneof(
  fc.tuple(fc.constantFrom(...ROUTES), segment, segment).map(([route, first, second]) => {
    const names = [first, second];
    return route.path.replace(/\{\w+\}/g, () => names.shift()!);
  }),
  fc.array(segment, { maxLength: 7 }).map((segments) => `/${segments.join('/')}`),
);
const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH');
const text = fc.oneof(
  fc.json(),
  fc.string(),
  fc
    .record(
      {
        pixels: fc.oneof(
          fc.array(fc.integer({ min: -1, max: 256 }), { minLength: 8, maxLength: 10 }),
          fc.jsonValue(),
        ),
        instances: fc.array(fc.array(fc.nat(255), { minLength: 9, maxLength: 9 })),
        inputs: fc.array(
          fc.record(
            {
              name: fc.constantFrom('pixels', 'x'),
              shape: fc.oneof(fc.constant([1, 9]), fc.constant([1, 3, 3]), fc.array(fc.integer())),
              datatype: fc.constantFrom('UINT8', 'FP32', 'BYTES', 'INT8'),
              data: fc.oneof(fc.array(fc.nat(255), { minLength: 9, maxLength: 9 }), fc.array(fc.jsonValue())),
            },
            { requiredKeys: ['name'] },
          ),
          { maxLength: 2 },
        ),
        outputs: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((body) => JSON.stringify(body)),
);
const query = fc.dictionary(
  fc.constantFrom('model', 'version', 'pixels', 'explain', 'x'),
  fc.oneof(fc.constantFrom('true', '1', '2', 'mnist'), fc.string({ maxLength: 8 })),
);
const type = fc.constantFrom('application/json', 'image/png', 'image/jpeg', 'text/plain', undefined);

const STATUSES = [200, 400, 404, 405, 413, 415, 422];

describe('any request', () => {
  it('is answered with 200 or told what is wrong with it', async () => {
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(method, path, text, query, type, fc.boolean(), async (...request) => {
        const [verb, where, body, parameters, contentType, isBase64Encoded] = request;
        const event = httpEvent(verb, where, {
          body,
          isBase64Encoded,
          query: parameters,
          headers: contentType === undefined ? {} : { 'content-type': contentType },
        });
        const services = { store, models: api.models, defaultModel: 'mnist', emit: () => {} };
        const { statusCode, body: content } = await answer(event, services);
        expect(STATUSES).toContain(statusCode);
        seen.add(statusCode!);
        if (statusCode === 200) return;
        const error = errorAnswer.parse(JSON.parse(content!));
        expect(error.error.length).toBeLessThan(4000);
        // What a stack trace, or an error that nobody foresaw, would look like.
        expect(error.error).not.toMatch(/\n\s+at |TypeError|undefined|\[object/);
      }),
      { numRuns: 1500 },
    );
    for (const status of [200, 400, 404, 405, 415, 422]) expect(seen).toContain(status);
  });
});
