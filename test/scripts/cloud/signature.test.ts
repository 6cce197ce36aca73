/** Signatures of version 4: AWS's own examples, what the SDK's signer makes, and whatever is changed on the way. */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { parseAuthorization, type SignedRequest, wrongWith } from '../../../scripts/cloud/signature.ts';

/** Of AWS's Signature Version 4 test suite. */
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const SUITE = { region: 'us-east-1', service: 'service' };
const DATE = '20150830T123600Z';
const NOW = Date.UTC(2015, 7, 30, 12, 36);
const suiteHeader = (signature: string, names = 'host;x-amz-date') =>
  `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`;
const suiteRequest = (method: string, target: string): SignedRequest => ({
  method,
  target,
  headers: { host: ['example.amazonaws.com'], 'x-amz-date': [DATE] },
  body: new Uint8Array(),
});

it.each([
  ['get-vanilla', 'GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ['post-vanilla', 'POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'get-vanilla-query-order-key-case',
    'GET',
    '/?Param2=value2&Param1=value1',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  ['get-relative', 'GET', '/example/..', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ['get-slashes', 'GET', '//example//', '9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84'],
])('takes %s of the test suite', (_, method, target, signature) => {
  const signed = parseAuthorization(suiteHeader(signature))!;
  expect(wrongWith(suiteRequest(method, target), signed, SECRET, SUITE, NOW)).toBeUndefined();
});

class Sha256 {
  readonly #hash;
  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key as Uint8Array);
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

const API = { region: 'us-east-1', service: 'execute-api' };
const signer = new SignatureV4({
  ...API,
  credentials: { accessKeyId: 'local', secretAccessKey: 'secret' },
  sha256: Sha256,
});

/** A request as the SDK signs it. */
async function sign(method: string, target: string, body = '', more: Record<string, string> = {}) {
  const { pathname, searchParams } = new URL(target, 'http://127.0.0.1:3000');
  const query: Record<string, string[]> = {};
  for (const name of searchParams.keys()) query[name] = searchParams.getAll(name);
  const { headers } = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: pathname,
      query,
      headers: { host: '127.0.0.1:3000', ...more },
      body,
    },
    { signingDate: new Date(NOW) },
  );
  const { authorization, ...rest } = headers;
  const request: SignedRequest = {
    method,
    target,
    headers: Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, [value]])),
    body: Buffer.from(body),
  };
  return { request, signed: parseAuthorization(authorization!)! };
}

describe("the SDK's signer", () => {
  it.each([
    ['GET', '/runs'],
    ['GET', '/models/a%20b/weights?version=3'],
    ['GET', '/runs?prefix=%C3%BC%2B%20x&b=&a=1'],
    ['GET', "/models/it's(1)*!"],
    ['POST', '/predict?explain=true&model=mnist', '{"pixels":[1,2]}', { 'content-type': 'application/json' }],
  ])('is understood: %s %s', async (method, target, body?: string, more?: Record<string, string>) => {
    const { request, signed } = await sign(method, target, body, more);
    expect(wrongWith(request, signed, 'secret', API, NOW)).toBeUndefined();
    expect(wrongWith(request, signed, 'Secret', API, NOW)).toContain('not that of this request by this key');
  });

  it.each<[string, (request: SignedRequest) => SignedRequest]>([
    ['method', (request) => ({ ...request, method: 'GET' })],
    ['path', (request) => ({ ...request, target: '/v2/predict?model=mnist' })],
    ['query', (request) => ({ ...request, target: '/predict?model=mnist&version=1' })],
    ['body', (request) => ({ ...request, body: Buffer.from('{"pixels":[2]}') })],
    ['host', (request) => ({ ...request, headers: { ...request.headers, host: ['other:3000'] } })],
    ['type', (request) => ({ ...request, headers: { ...request.headers, 'content-type': ['image/png'] } })],
  ])('is not, where the %s is another', async (_, change) => {
    const type = { 'content-type': 'application/json' };
    const { request, signed } = await sign('POST', '/predict?model=mnist', '{"pixels":[1]}', type);
    expect(wrongWith(request, signed, 'secret', API, NOW)).toBeUndefined();
    expect(wrongWith(change(request), signed, 'secret', API, NOW)).toContain('the signature is not');
  });

  it('is believed for five minutes', async () => {
    const { request, signed } = await sign('GET', '/runs');
    for (const [minutes, isRight] of [
      [4.9, true],
      [5.1, false],
      [-4.9, true],
      [-5.1, false],
    ] as const) {
      const wrong = wrongWith(request, signed, 'secret', API, NOW + minutes * 60_000);
      expect(wrong === undefined, `${minutes} minutes`).toBe(isRight);
    }
  });
});

describe('refused is', () => {
  it.each([
    ['another service', { ...API, service: 's3' }, 'signed for execute-api in us-east-1, not for s3'],
    ['another region', { ...API, region: 'eu-west-1' }, 'not for execute-api in eu-west-1'],
  ])('a signature for %s', async (_, scope, message) => {
    const { request, signed } = await sign('GET', '/runs');
    expect(wrongWith(request, signed, 'secret', scope, NOW)).toContain(message);
  });

  it.each(['host', 'x-amz-target'])('one without the header %s, which may be anything then', async (name) => {
    const { request, signed } = await sign('GET', '/runs', '', { 'x-amz-target': 'a' });
    const headers = signed.headers.filter((one) => one !== name);
    expect(wrongWith(request, { ...signed, headers }, 'secret', API, NOW)).toBe(
      `the header ${name} is not signed`,
    );
  });

  it('one of another day than its time', async () => {
    const { request, signed } = await sign('GET', '/runs');
    const credential = { ...signed.credential, day: '20150831' };
    expect(wrongWith(request, { ...signed, credential }, 'secret', API, NOW)).toContain(
      'not a time of the day',
    );
  });

  it('what is none', () => {
    for (const header of ['', 'Bearer x', 'AWS4-HMAC-SHA256', suiteHeader('ab', ''), suiteHeader('')]) {
      expect(parseAuthorization(header)).toBeUndefined();
    }
    expect(parseAuthorization(suiteHeader('ab').replace('/aws4_request', ''))).toBeUndefined();
  });
});
