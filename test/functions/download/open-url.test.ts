/** Real servers on loopback, over http and https, and a resolver that says what the test wants: who is reached. */
import { execFile } from 'node:child_process';
import type { LookupAddress } from 'node:dns';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FetchPolicy, RefusedUrlError } from '../../../functions/download/fetch-policy.ts';
import { openUrl } from '../../../functions/download/open-url.ts';
import { selfSigned } from '../../support/certificate.ts';
import { startServer, type TestServer } from '../support/http-server.ts';

const PUBLIC_ONLY: FetchPolicy = { access: 'public', configured: [] };
const { key, cert } = selfSigned(['mirror.test', 'other.test']);
const LOOPBACK = { address: '127.0.0.1', family: 4 };
/** Not assigned to anybody, so that nobody answers; but public to the rules. */
const PUBLIC = { address: '3000::1', family: 6 };

let secure: Server;
/** Of the https server. */
let port: number;
let connections = 0;
let plain: TestServer;
/** Where both servers redirect to; nowhere when undefined. */
let location: string | undefined;
/** What each further resolution gives; the last one again and again. */
let resolutions: LookupAddress[][];
let resolved: string[];

beforeAll(async () => {
  secure = createServer({ key, cert }, (request, response) => {
    if (location === undefined || request.url === '/end') response.end(`secure ${request.headers.host}`);
    else response.writeHead(302, { location }).end();
  });
  secure.on('connection', () => connections++);
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  ({ port } = secure.address() as AddressInfo);
});
afterAll(() => secure.close());
beforeEach(async () => {
  location = undefined;
  connections = 0;
  resolutions = [[LOOPBACK]];
  resolved = [];
  plain = await startServer((request, response) => {
    if (location === undefined || request.url === '/end') response.end('plain');
    else response.writeHead(307, { location }).end();
  });
});
afterEach(() => plain.close());

const lookup: LookupFunction = (hostname, _options, callback) => {
  resolved.push(hostname);
  callback(null, resolutions.length > 1 ? resolutions.shift()! : resolutions[0]!);
};

const open = (url: string, policy: FetchPolicy, timeoutMs = 20_000, own = lookup) =>
  openUrl(url, policy, { signal: AbortSignal.timeout(timeoutMs), network: { lookup: own, ca: cert } });
async function get(url: string, policy: FetchPolicy): Promise<string> {
  return (await (await open(url, policy)).toArray()).join('');
}
const publicly = (url: string): FetchPolicy => ({ access: 'public', configured: [new URL(url).origin] });
const anywhere = (...configured: string[]): FetchPolicy => ({ access: 'any', configured });
const expectNobodyReached = () => expect(connections + plain.requests.length).toBe(0);

describe('a configured origin', () => {
  it('may be anywhere and over http, with access any', async () => {
    const origin = `https://mirror.test:${port}`;
    expect(await get(`${origin}/a?b`, anywhere(origin))).toBe(`secure mirror.test:${port}`);
    expect(resolved).toEqual(['mirror.test']);
    expect(await get(plain.url, anywhere(new URL(plain.url).origin))).toBe('plain');
  });

  it.each([
    ['http', () => plain.url, 'scheme http, expected https'],
    ['loopback by name', () => `https://mirror.test:${port}/`, 'mirror.test is at 127.0.0.1, expected'],
    ['loopback by address', () => `https://127.0.0.1:${port}/`, '127.0.0.1 is at 127.0.0.1, expected'],
    ['loopback in IPv6', () => 'https://[::ffff:7f00:1]:443/', '::ffff:7f00:1 is at ::ffff:7f00:1'],
  ])('may not be %s, with access public', async (_name, url, message) => {
    const refusal = get(url(), publicly(url()));
    await expect(refusal).rejects.toThrow(RefusedUrlError);
    await expect(refusal).rejects.toThrow(message);
    expectNobodyReached();
  });

  it('is still checked by TLS', async () => {
    const origin = `https://stranger.test:${port}`;
    await expect(get(origin, anywhere(origin))).rejects.toThrow(/does not match certificate/);
  });
});

describe('any other URL', () => {
  it.each([
    ['http://example.org/', 'scheme http, expected https'],
    ['ftp://example.org/', 'scheme ftp, expected https'],
    ['file:///etc/passwd', 'scheme file, expected https'],
    ['data:,x', 'scheme data, expected https'],
    ['nowhere', 'no valid URL'],
    ['https://example.org:8443/', 'port 8443 of example.org, expected 443'],
    ['https://127.0.0.1/', 'expected a public address'],
    ['https://2130706433/', '127.0.0.1 is at 127.0.0.1'],
    ['https://0x7f.1/', '127.0.0.1 is at 127.0.0.1'],
    ['https://127.0.0.1./', '127.0.0.1 is at 127.0.0.1'],
    ['https://169.254.169.254/latest/meta-data/', '169.254.169.254 is at'],
    ['https://[fd00:ec2::254]/', 'fd00:ec2::254 is at'],
    ['https://[::]/', ':: is at'],
    ['https://mirror.test/', 'mirror.test is at 127.0.0.1, expected a public address'],
  ])('%s is refused', async (url, message) => {
    for (const policy of [PUBLIC_ONLY, anywhere('https://mirror.test:444', 'http://127.0.0.1:9001')]) {
      await expect(get(url, policy)).rejects.toThrow(RefusedUrlError);
      await expect(get(url, policy)).rejects.toThrow(message);
    }
    expectNobodyReached();
  });

  it('with a password is refused without showing it', async () => {
    const url = 'https://me:secret@example.org/private?token';
    await expect(get(url, PUBLIC_ONLY)).rejects.toThrow(
      /^a URL on example.org with a user name, expected URLs without$/,
    );
  });
});

describe('a name', () => {
  it('that changes its address after the check is not reached', async () => {
    resolutions = [[PUBLIC], [LOOPBACK]];
    const url = `https://mirror.test:${port}/`;
    const opening = open(url, publicly(url), 300);
    await expect(opening).rejects.toThrow();
    expect(resolved).toEqual(['mirror.test']);
    expectNobodyReached();
  });

  it('with a private address beside a public one is tried at the public one only', async () => {
    resolutions = [[LOOPBACK, PUBLIC]];
    const url = `https://mirror.test:${port}/`;
    const opening = open(url, publicly(url), 300);
    await expect(opening).rejects.not.toThrow(RefusedUrlError);
    expectNobodyReached();
  });

  it('that does not resolve is an error that may pass', async () => {
    const failing: LookupFunction = (_hostname, _options, callback) =>
      callback(Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' }), []);
    const opening = open('https://a.test/', PUBLIC_ONLY, 20_000, failing);
    await expect(opening).rejects.toThrow('getaddrinfo EAI_AGAIN');
    await expect(opening).rejects.not.toThrow(RefusedUrlError);
  });

  it('is resolved by the system where nothing else is given', async () => {
    const opening = openUrl('https://localhost/', PUBLIC_ONLY, { signal: AbortSignal.timeout(20_000) });
    await expect(opening).rejects.toThrow(
      /^localhost is at (127\.0\.0\.1|::1).*, expected a public address$/,
    );
  });
});

describe('a redirect', () => {
  const configured = () => [`https://mirror.test:${port}`, new URL(plain.url).origin];

  it.each([
    ['within its origin', () => '/end'],
    ['to another configured origin', () => `https://mirror.test:${port}/end`],
    ['without a scheme', () => `//mirror.test:${port}/end`],
  ])('%s is followed', async (_name, target) => {
    location = target();
    expect(await get(`https://mirror.test:${port}/`, anywhere(...configured()))).toMatch(/^secure/);
  });

  it.each([
    ['to loopback', () => `https://other.test/end`, 'other.test is at 127.0.0.1'],
    ['to a port of loopback', () => `https://other.test:${port}/end`, 'redirected to port'],
    ['to the runtime API', () => 'http://127.0.0.1:9001/2018-06-01/', 'redirected to scheme http'],
    ['to the metadata service', () => 'https://169.254.169.254/end', 'redirected to 169.254.169.254 is at'],
    ['with a password', () => `https://me:secret@mirror.test/end`, 'redirected to a URL on mirror.test'],
    ['to http, be it configured', () => `${plain.url}end`, 'redirected to scheme http, expected https'],
    ['to what is no URL', () => 'https://[', 'redirected to no valid URL'],
    ['to nowhere', () => '', 'more than 5 redirects'],
  ])('%s is not', async (_name, target, message) => {
    location = target();
    const opening = get(`https://mirror.test:${port}/`, anywhere(...configured()));
    await expect(opening).rejects.toThrow(message);
    expect(plain.requests).toEqual([]);
  });

  it('from http to https is followed', async () => {
    location = `https://mirror.test:${port}/end`;
    expect(await get(plain.url, anywhere(...configured()))).toMatch(/^secure/);
  });
});

it('no proxy of the environment is used', async () => {
  const proxied: string[] = [];
  const proxy = await startServer((request, response) => {
    proxied.push(request.url!);
    response.end('proxied');
  });
  const module = new URL('../../../functions/download/open-url.ts', import.meta.url);
  const script = `
    import { openUrl } from ${JSON.stringify(module)};
    import { request } from 'node:http';
    const url = ${JSON.stringify(plain.url)};
    const policy = { access: 'any', configured: [new URL(url).origin] };
    const response = await openUrl(url, policy, { signal: AbortSignal.timeout(20_000) });
    console.log((await response.toArray()).join(''));
    request(url, async (response) => console.log((await response.toArray()).join(''))).end();`;
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url },
    });
    const [opened, requested] = stdout.split('\n');
    expect(opened).toBe('plain');
    // Where Node knows the variable, node:http's own agent does use it.
    expect(proxied).toEqual(requested === 'proxied' ? [plain.url] : []);
  } finally {
    await proxy.close();
  }
});
