/** Requests over HTTP to a function that shows its event, as payload format 2.0 has it. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LIMITS } from '../../../../functions/contract/limits.ts';
import { type Gateway, startGateway } from '../../../../scripts/cloud/http/gateway.ts';
import { FunctionHost } from '../../../../scripts/cloud/lambda/function-host.ts';
import { PortInUseError } from '../../../../scripts/cloud/loopback.ts';
import { type Workbench, workbench } from '../functions.ts';
import { openApi } from './open-api.ts';

/** Answers as its query says, by default with the event. */
const SHOW = `
  export const handler = async (event) => {
    const { answer } = event.queryStringParameters ?? {};
    if (answer === 'throw') throw new Error('secret');
    if (answer !== undefined) return JSON.parse(answer);
    return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) };
  };`;

let bench: Workbench;
let functions: FunctionHost;
let gateway: Gateway;
beforeAll(async () => {
  bench = workbench();
  const fn = bench.bundle('show', SHOW);
  functions = new FunctionHost([fn], join(bench.folder, 'logs'), {});
  gateway = await startGateway(0);
  const keys = ['GET /show', 'POST /show', 'GET /items/{id}'];
  gateway.serve(openApi(keys, fn.arn, functions));
});
afterAll(async () => {
  await functions.close();
  await gateway.close();
  bench.remove();
});

async function event(path: string, init?: RequestInit): Promise<APIGatewayProxyEventV2> {
  const response = await fetch(`${gateway.endpoint}${path}`, init);
  expect(response.status).toBe(200);
  return (await response.json()) as APIGatewayProxyEventV2;
}
const answer = (result: unknown) =>
  fetch(`${gateway.endpoint}/show?answer=${encodeURIComponent(JSON.stringify(result))}`);
const post = (body: string | Blob, contentType?: string) =>
  event('/show', {
    method: 'POST',
    body,
    headers: contentType === undefined ? {} : { 'content-type': contentType },
  });

describe('the event', () => {
  it('describes the request', async () => {
    const { port } = new URL(gateway.endpoint);
    expect(await event('/items/a%20b?x=1', { headers: { 'user-agent': 'test' } })).toMatchObject({
      version: '2.0',
      routeKey: 'GET /items/{id}',
      rawPath: '/items/a%20b',
      rawQueryString: 'x=1',
      pathParameters: { id: 'a b' },
      queryStringParameters: { x: '1' },
      headers: { host: `127.0.0.1:${port}`, 'user-agent': 'test' },
      requestContext: {
        http: {
          method: 'GET',
          path: '/items/a%20b',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'test',
        },
        routeKey: 'GET /items/{id}',
        stage: '$default',
        apiId: 'shop',
      },
      isBase64Encoded: false,
    });
  });

  it('leaves out what the request has not', async () => {
    const seen = await event('/show');
    for (const field of ['body', 'cookies', 'queryStringParameters', 'pathParameters']) {
      expect(seen).not.toHaveProperty(field);
    }
  });

  it('joins repeated query keys and headers by commas, whatever their names', async () => {
    const seen = await event('/show?b=1&a=x%20y&b=2&constructor=c&b=&__proto__=p');
    expect(Object.entries(seen.queryStringParameters!)).toEqual([
      ['b', '1,2,'],
      ['a', 'x y'],
      ['constructor', 'c'],
      ['__proto__', 'p'],
    ]);
    const raw = await new Promise<string>((resolve, reject) => {
      httpRequest(`${gateway.endpoint}/show`, { headers: { 'x-a': ['1', '2'] } }, async (response) => {
        resolve((await response.setEncoding('utf8').toArray()).join(''));
      })
        .on('error', reject)
        .end();
    });
    expect(JSON.parse(raw)).toMatchObject({ headers: { 'x-a': '1,2' } });
  });

  it('lists the cookies apart from the headers', async () => {
    const seen = await event('/show', { headers: { cookie: 'a=1; b="x,y"' } });
    expect(seen.cookies).toEqual(['a=1', 'b="x,y"']);
    expect(seen.headers).not.toHaveProperty('cookie');
  });

  it.each(['application/json', 'Application/JSON; charset=utf-8', 'text/csv', 'application/xml'])(
    'holds a body of %s as text',
    async (type) => {
      expect(await post('{"ü":1}', type)).toMatchObject({ body: '{"ü":1}', isBase64Encoded: false });
    },
  );

  it.each(['image/png', 'application/x-www-form-urlencoded', 'application/jsonx', undefined])(
    'holds a body of %s in base64',
    async (type) => {
      const bytes = Uint8Array.from([0, 255, 13, 10, 128]);
      const seen = await post(new Blob([bytes]), type);
      expect(seen.isBase64Encoded).toBe(true);
      expect([...Buffer.from(seen.body!, 'base64')]).toEqual([...bytes]);
    },
  );
});

describe("the function's answer", () => {
  it('becomes the response', async () => {
    const response = await answer({
      statusCode: 201,
      headers: { 'X-Count': 3 },
      cookies: ['a=1', 'b=2'],
      body: 'hällo',
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-count')).toBe('3');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.text()).toBe('hällo');
  });

  it('is decoded when it says that it is base64', async () => {
    const response = await answer({ statusCode: 200, body: 'AP8=', isBase64Encoded: true });
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255]);
  });

  it.each([
    [{ a: 1 }, '{"a":1}'],
    ['text', 'text'],
    [null, 'null'],
  ])('%j without a status is the body', async (result, body) => {
    const response = await answer(result);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.text()).toBe(body);
  });

  it.each([
    ['an exception', '/show?answer=throw'],
    ['an impossible status', `/show?answer=${encodeURIComponent('{"statusCode":9999}')}`],
    [
      'an impossible header',
      `/show?answer=${encodeURIComponent('{"statusCode":200,"headers":{"a":"x\\ny"}}')}`,
    ],
  ])('being %s is a 500 that gives nothing away', async (_, path) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const response = await fetch(`${gateway.endpoint}${path}`);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: 'Internal Server Error' });
    log.mockRestore();
    expect((await event('/show')).routeKey).toBe('GET /show');
  });
});

describe('refused are', () => {
  it.each(['/nowhere', '/show/', '/items/a/b'])('%s, which no route has: 404', async (path) => {
    const response = await fetch(`${gateway.endpoint}${path}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ message: 'Not Found' });
  });

  it.each([
    ['API Gateway takes', LIMITS.httpBodyBytes + 1, LIMITS.httpBodyBytes],
    ['a Lambda event holds', LIMITS.invokeBytes, LIMITS.invokeBytes],
  ])('bodies larger than %s: 413 naming field and limit', async (_, bytes, limit) => {
    const headers = { 'content-type': 'text/plain' };
    const whole = { method: 'POST', headers, body: 'x'.repeat(bytes) };
    const piecewise = {
      method: 'POST',
      headers,
      body: new Blob(['x'.repeat(bytes)]).stream(),
      duplex: 'half',
    } as RequestInit;
    for (const init of [whole, piecewise]) {
      const response = await fetch(`${gateway.endpoint}/show`, init);
      expect(response.status).toBe(413);
      const { error, field } = (await response.json()) as { error: string; field: string };
      expect(field).toBe('body');
      expect(error).toContain(String(limit));
    }
  });

  it('requests before the functions are there: 503', async () => {
    const early = await startGateway(0);
    expect((await fetch(`${early.endpoint}/show`)).status).toBe(503);
    await early.close();
  });

  it('a second gateway on the port, with what to do about it', async () => {
    const port = Number(new URL(gateway.endpoint).port);
    await expect(startGateway(port)).rejects.toThrow(PortInUseError);
    await expect(startGateway(port)).rejects.toThrow(
      new RegExp(`port ${port} is in use: .*choose another with --port`),
    );
  });
});

it.each([
  ['localhost', 200],
  ['page.localhost:3000', 200],
  ['[::1]:3000', 200],
  ['a.example', 403],
  ['localhost.a.example', 403],
  ['127.0.0.1.a.example:80', 403],
  ['169.254.169.254', 403],
])('the name %s leads a page here: %s', async (host, status) => {
  const { hostname, port } = new URL(gateway.endpoint);
  const [response] = await once(
    httpRequest({ hostname, port, path: '/show', headers: { host } }).end(),
    'response',
  );
  response.resume();
  expect(response.statusCode).toBe(status);
});

it('a client that hangs up while sending disturbs nobody', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const { port } = new URL(gateway.endpoint);
  await new Promise<void>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write('POST /show HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100\r\n\r\nhalf', () =>
        socket.destroy(),
      );
    });
    socket.on('close', () => resolve()).on('error', reject);
  });
  expect((await event('/show')).routeKey).toBe('GET /show');
  expect(log).not.toHaveBeenCalled();
  log.mockRestore();
});
