/** `npm run open`: the page of an app that takes signed requests only, here in the local cloud with its authorizers. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { OUTPUTS } from '../../../functions/contract/stacks.ts';
import { startForwarding, takesSignatures, type Upstream } from '../../../scripts/client/forward.ts';
import { LOCAL_CREDENTIALS } from '../../../scripts/cloud/connection.ts';
import { LOCAL_REGION } from '../../../scripts/cloud/intrinsics.ts';
import type { Listening } from '../../../scripts/cloud/loopback.ts';
import { HANDS } from '../../functions/support/digit-strokes.ts';
import { answerOf, drawByMouse } from '../../functions/support/draw.ts';
import { startServer } from '../../functions/support/http-server.ts';
import { browserPath, isBrowserRequired, launchBrowser } from '../../support/browser.ts';
import { needs } from '../../support/needs.ts';
import { useCloud } from '../../support/test-cloud.ts';
import { run } from '../command.ts';

const app = useCloud({
  hasMnist: true,
  edit: (resources) => {
    for (const { Type, Properties } of Object.values(resources)) {
      if (Type === 'AWS::ApiGatewayV2::Route') Properties!.AuthorizationType = 'AWS_IAM';
    }
  },
});
const JOB = { iterations: 1500, chunkIterations: 1500, evaluateEvery: 1500, learningRate: 0.5 };

const upstream = (endpoint: string, credentials: Partial<typeof LOCAL_CREDENTIALS> = {}): Upstream => ({
  endpoint,
  signer: { region: LOCAL_REGION, credentials: async () => ({ ...LOCAL_CREDENTIALS, ...credentials }) },
  explain: async (error) => error,
});

let server: Listening;
let url: string;
beforeAll(async () => {
  expect(await app.execute('stateMachine', 'first', JOB)).toMatchObject({ status: 'SUCCEEDED' });
  server = await startForwarding(upstream(app.http), 0);
  url = `http://${server.address}`;
});
afterAll(() => server.close());

const post = (base: string, headers: Record<string, string> = {}) =>
  fetch(`${base}/predict?explain=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ pixels: new Array(784).fill(0).fill(255, 300, 400) }),
  });

/** As fetch sends none: any Host, any target. */
async function raw(target: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  const { hostname, port } = new URL(url);
  const asked = httpRequest({ hostname, port, path: target, headers, method }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  return response.statusCode;
}

it('starts a run once for each key, and passes on where it is', async () => {
  const start = (base: string) =>
    fetch(`${base}/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'by page' },
      body: JSON.stringify({ config: { ...JOB, model: 'other' } }),
    });
  expect((await start(app.http)).status).toBe(403);
  const started = await start(url);
  const { id } = (await started.json()) as { id: string };
  expect([started.status, started.headers.get('location')]).toEqual([201, `/runs/${id}`]);
  const again = await start(url);
  expect(again.status).toBe(200);
  expect(await again.json()).toMatchObject({ id });
  const headers = { 'content-type': 'application/json' };
  expect((await fetch(`${url}/runs/${id}/stop`, { method: 'POST', headers })).status).toBeLessThan(500);
});

it('what is asked without a signature is refused by the endpoint, and answered here', async () => {
  const direct = await post(app.http);
  expect([direct.status, await direct.json()]).toEqual([403, { message: 'Forbidden' }]);
  const signed = await post(url);
  expect(signed.status).toBe(200);
  expect(await signed.json()).toMatchObject({ model: 'mnist', version: 1 });
  expect(await takesSignatures(upstream(app.http))).toBe(true);
});

it('signs what brings a token where the route wants a signature all the same', async () => {
  const answered = await post(url, { authorization: 'Bearer abc' });
  expect(answered.status).toBe(200);
  expect(await answered.json()).toMatchObject({ model: 'mnist' });
});

it('passes on bodies, queries and headers, both ways', async () => {
  const page = await fetch(`${url}/`);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).toContain('<title>stepnet</title>');
  const weights = await fetch(`${url}/models/mnist/weights?version=1`);
  const bytes = new Uint8Array(await weights.arrayBuffer());
  expect(weights.headers.get('x-model-version')).toBe('1');
  expect(bytes.length).toBe(Number(weights.headers.get('content-length')));
  expect(bytes.length).toBeGreaterThan(100_000);
  const wrong = await fetch(`${url}/runs?prefx=%C3%BC%20`);
  expect([wrong.status, await wrong.json()]).toMatchObject([400, { field: 'prefx' }]);
  expect((await fetch(`${url}/nowhere`)).status).toBe(404);
});

it('says of credentials that are refused whose they are, and what they need', async () => {
  const other = upstream(app.http, { secretAccessKey: 'wrong' });
  const message =
    /answered 403 .*Forbidden.*: it takes no signature of access key local\. .*execute-api:Invoke/;
  await expect(takesSignatures(other)).rejects.toThrow(message);
  const { address, close } = await startForwarding(other, 0);
  onTestFinished(close);
  const refused = await post(`http://${address}`);
  expect(refused.status).toBe(403);
  expect(((await refused.json()) as { error: string }).error).toMatch(message);
});

it('says what became of credentials that ended, and of an endpoint that is gone', async () => {
  const ended: Upstream = {
    ...upstream(app.http),
    explain: async ({ message }) => new Error(`${message}: sign in again`),
  };
  ended.signer.credentials = () => Promise.reject(new Error('Token is expired'));
  const gone = upstream('http://127.0.0.1:9');
  for (const [from, message] of [
    [ended, 'Token is expired: sign in again'],
    [gone, /^http:\/\/127\.0\.0\.1:9 is out of reach: .*ECONNREFUSED/],
  ] as const) {
    await expect(takesSignatures(from)).rejects.toThrow(message);
    const { address, close } = await startForwarding(from, 0);
    onTestFinished(close);
    const answer = await post(`http://${address}`);
    expect(answer.status).toBe(502);
    expect(((await answer.json()) as { error: string }).error).toMatch(message);
  }
});

describe('answers nobody but this machine and its own page', () => {
  const host = () => new URL(url).host;
  const json = { 'content-type': 'application/json' };

  it.each<[string, string, Record<string, string>, string?]>([
    ['a name that was made to lead here', '/models', { host: 'rebound.example:3003' }],
    ['a page of another origin', '/models', { origin: 'https://other.example' }],
    ['a page of another port', '/predict', { ...json, origin: 'http://127.0.0.1:1' }, 'POST'],
    ['a page without an origin', '/predict', { ...json, origin: 'null' }, 'POST'],
    [
      'what a page elsewhere embeds',
      '/models',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    ],
    [
      'a form elsewhere',
      '/predict',
      { ...json, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' },
      'POST',
    ],
  ])('not %s', async (_, target, headers, method) => {
    expect(await raw(target, { host: host(), ...headers }, method)).toBe(403);
  });

  it('not a target that names its own host', async () => {
    expect(await raw('http://other.example/', { host: host() })).toBe(400);
    expect(await raw('//other.example/', { host: host() })).toBe(404);
  });

  it('but a link that is followed, the page itself and programs', async () => {
    const followed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect(await raw('/', { host: host(), ...followed })).toBe(200);
    const own = { origin: url, 'sec-fetch-site': 'same-origin' };
    expect(await raw('/models', { host: host(), ...own })).toBe(200);
    expect(await raw('/models', { host: `localhost:${new URL(url).port}` })).toBe(200);
  });
});

it('hides from pages elsewhere what the app would let them read, and brings no cookies there', async () => {
  const seen: Record<string, unknown>[] = [];
  const open = await startServer((request, response) => {
    seen.push(request.headers);
    response.writeHead(200, { 'access-control-allow-origin': '*', 'set-cookie': 'a=b', etag: 'x' }).end('{}');
  });
  onTestFinished(() => open.close());
  const { address, close } = await startForwarding(upstream(open.url.slice(0, -1)), 0);
  onTestFinished(close);
  const base = `http://${address}`;
  const { headers } = await fetch(`${base}/models`, {
    headers: { origin: base, cookie: 'c=d', 'x-own': '1' },
  });
  expect([headers.get('etag'), headers.get('access-control-allow-origin')]).toEqual(['x', null]);
  expect(headers.getSetCookie()).toEqual([]);
  expect(seen[0]).toMatchObject({ 'x-own': '1', authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 /) });
  for (const name of ['cookie', 'origin', 'sec-fetch-mode']) expect(seen[0]).not.toHaveProperty(name);
  await fetch(`${base}/models`, { headers: { authorization: 'Bearer abc' } });
  expect(seen[1]!.authorization).toBe('Bearer abc');
  expect(seen[1]).not.toHaveProperty('x-amz-date');
});

describe('as a command', () => {
  const start = (args: string[], env: Record<string, string> = {}) => {
    const command = run('commands/open.ts', ['--port', '0', ...args], env);
    onTestFinished(() => void command.process.kill('SIGKILL'));
    return command;
  };

  it('finds the local cloud, and ends by Ctrl-C', async () => {
    const command = start(['--data', app.folder]);
    const [, page] = await command.printed(/the page is on (http:\/\/127\.0\.0\.1:\d+) until Ctrl-C/);
    await command.printed(new RegExp(`goes to ${app.http}, signed with access key local`));
    expect((await post(page!)).status).toBe(200);
    command.process.kill('SIGINT');
    expect(await command.exit, command.stderr).toBe(0);
  });

  it('finds a stack with the credentials of the shell, and says when they are refused', async () => {
    const formation = await startServer((request, response) => {
      expect(request.headers.authorization).toContain('/us-east-1/cloudformation/');
      response.writeHead(200, { 'content-type': 'text/xml' }).end(
        `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>
         <member><StackName>app-serving</StackName><Outputs><member><OutputKey>${OUTPUTS.endpoint}</OutputKey>
         <OutputValue>${app.http}</OutputValue></member></Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
      );
    });
    onTestFinished(() => formation.close());
    const env = {
      AWS_ENDPOINT_URL_CLOUDFORMATION: formation.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    };
    const command = start(['--stack', 'app'], env);
    const [, page] = await command.printed(/the page is on (http:\/\/127\.0\.0\.1:\d+)/);
    expect((await post(page!)).status).toBe(200);
    const refused = start(['--stack', 'app'], { ...env, AWS_SECRET_ACCESS_KEY: 'wrong' });
    expect(await refused.exit).toBe(1);
    expect(refused.stderr).toMatch(/it takes no signature of access key local\. Is this the right profile/);
    expect(refused.stdout).toBe('');
  });

  it.each([
    [['--port', 'x'], 2, /^--port: got "x", expected a whole number from 0 to 65535/],
    [['app'], 2, /^got app, expected options alone/],
    [['--data', '/nowhere'], 1, /^no local cloud runs on \/nowhere/],
  ] as const)('ends on %j with %i and what is allowed', async (args, code, message) => {
    const refused = start([...args]);
    expect(await refused.exit).toBe(code);
    expect(refused.stderr).toMatch(message);
  });
});

describe(
  'the page',
  needs(browserPath !== undefined || isBrowserRequired, 'no Chromium: set CHROMIUM_PATH'),
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser?.close());

    it('draws a digit and gets an answer', async () => {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      page.setDefaultTimeout(120_000);
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      await page.goto(`${url}/#draw`);
      await drawByMouse(page, HANDS[0][7]!);
      expect(await answerOf(page)).toBe('7');
      await page.getByRole('link', { name: 'Model' }).click();
      await page.getByRole('heading', { name: 'mnist, version 1' }).waitFor();
      expect(complaints).toEqual([]);
    });
  },
);
