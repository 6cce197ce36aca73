/** The routes besides prediction, and what is no route. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { httpEvent } from '../support/http-event.ts';
import { predictApi } from '../support/predict-api.ts';

const api = predictApi();

describe('routes', () => {
  it('tell whether a model can answer', async () => {
    expect((await api.json('GET', '/v2/health/ready')).answer).toEqual({
      live: true,
      ready: true,
    });
    api.empty();
    expect(await api.json('GET', '/v2/health/ready')).toMatchObject({
      status: 503,
      answer: { live: false, ready: false },
    });
    expect(await api.json('GET', '/v2/health/live')).toMatchObject({ status: 200, answer: { live: true } });
  });

  it('show the page, under a policy that lets in its own script and style alone', async () => {
    const page = await api.call('GET', '/');
    expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8' });
    const policy = String(page.headers!['content-security-policy']);
    const inline = (tag: string) => new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`).exec(page.text)![1]!;
    for (const tag of ['script', 'style']) {
      const digest = createHash('sha256').update(inline(tag)).digest('base64');
      expect(policy).toContain(`${tag}-src 'sha256-${digest}'`);
    }
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/'unsafe-|https?:/);
  });

  it('answer the page anew only to who has another one', async () => {
    const { etag } = (await api.call('GET', '/')).headers as { etag: string };
    const again = await api.call('GET', '/', { headers: { 'if-none-match': `"other", ${etag}` } });
    expect(again).toMatchObject({ status: 304, text: undefined, headers: { etag } });
    expect((await api.call('GET', '/', { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  it.each([
    ['gzip, deflate, br', true],
    ['br;q=1.0, GZIP;q=0.2', true],
    ['gzip;q=0, br', false],
    ['gzip; q=0.0', false],
    ['identity', false],
    ['', false],
  ])('answer at length to who accepts %j as gzip: %s', async (accepted, isGzip) => {
    const headers = { 'accept-encoding': accepted };
    for (const path of ['/', '/models/mnist', '/openapi.json']) {
      const plain = await api.answer(httpEvent('GET', path));
      const result = await api.answer(httpEvent('GET', path, { headers }));
      expect(result.headers!.vary, path).toBe('accept-encoding');
      expect(result.headers!['content-encoding'], path).toBe(isGzip ? 'gzip' : undefined);
      expect(plain.headers, path).toMatchObject({ vary: 'accept-encoding' });
      const body = isGzip ? gunzipSync(Buffer.from(result.body!, 'base64')).toString() : result.body;
      expect(body === plain.body, path).toBe(true);
    }
    // What is short, or weights, is answered as it is.
    for (const path of ['/models', '/models/mnist/weights']) {
      const { headers: answered = {} } = await api.answer(httpEvent('GET', path, { headers }));
      expect(Object.keys(answered), path).not.toContain('content-encoding');
    }
  });

  it('are those that the gateway names, whatever stands before the path', async () => {
    const event = { ...httpEvent('GET', '/models/mnist'), rawPath: '/stage/models/mnist' };
    expect(JSON.parse((await api.answer(event)).body!)).toMatchObject({ name: 'mnist', latest: 2 });
  });

  it.each([
    ['GET', '/predict', 'POST'],
    ['DELETE', '/runs', 'GET, POST'],
    ['POST', '/runs/a', 'GET'],
    ['HEAD', '/', 'GET'],
  ])('answer %s %s with 405 and what is allowed', async (method, path, allow) => {
    const { status, answer, headers } = await api.json(method, path);
    expect(status).toBe(405);
    expect(answer).toEqual({ error: `method: got ${method}, expected ${allow}`, field: 'method' });
    expect(headers).toMatchObject({ allow });
  });

  it.each([
    '/nothing',
    '/predict/',
    '/runs/',
    '/runs/a/b',
    '/models/mnist/reports',
    '/openapixjson',
    '/PREDICT',
    '//',
    '/%E0',
    `/${'long'.repeat(2000)}`,
  ])('answer a path that is none with 404 and those there are: %s', async (path) => {
    const { status, answer } = await api.json('GET', path);
    expect({ status, field: answer.field }).toEqual({ status: 404, field: 'path' });
    expect(answer.error).toMatch(/^path: got "\/.*, expected one of \/predict, \/runs, /);
    expect(answer.error.length).toBeLessThan(600);
  });
});
