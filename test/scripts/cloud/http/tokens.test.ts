/** Tokens: which are taken, what is said of the others, and how the issuer's keys are found. */
import { createHmac, createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Issuer } from '../../../../scripts/cloud/http/issuer.ts';
import { checkToken, claimsAsText } from '../../../../scripts/cloud/http/tokens.ts';
import { rsaKey, startIssuer, type TestIssuer } from '../../../support/issuer.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const SECONDS = NOW / 1000;
const AUDIENCE = ['app', 'other app'];

let issuer: TestIssuer;
let keys: Issuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
beforeEach(() => {
  keys = new Issuer(issuer.url, () => NOW);
});
afterAll(() => issuer.close());

const claims = (more: object = {}) => ({ iss: issuer.url, aud: 'app', exp: SECONDS + 60, ...more });
const check = (header: string) =>
  checkToken(header, { issuer: issuer.url, audience: AUDIENCE }, (id) => keys.keyOf(id), NOW);

describe('taken is', () => {
  it.each(['RS256', 'RS384', 'RS512'])('a token signed by %s, alone or after Bearer', async (alg) => {
    const token = issuer.token(claims({ sub: 'me' }), { alg });
    for (const header of [token, `Bearer ${token}`, `bearer ${token}`]) {
      expect(await check(header)).toMatchObject({ sub: 'me' });
    }
  });

  it.each<[string, object]>([
    ['one of several audiences', { aud: ['x', 'other app'] }],
    ['a client where there is no audience', { aud: undefined, client_id: 'other app' }],
    ['a time that has just begun', { nbf: SECONDS, iat: SECONDS }],
    ['a last second', { exp: SECONDS + 0.5 }],
  ])('%s', async (_, more) => {
    expect(await check(issuer.token(claims(more)))).toMatchObject({ iss: issuer.url });
  });
});

describe('refused is', () => {
  it.each<[string, object, string]>([
    ['another issuer', { iss: 'https://issuer.example' }, 'the token has another issuer'],
    ['another audience', { aud: 'else' }, 'the token does not have a valid audience'],
    ['no audience', { aud: undefined }, 'the token does not have a valid audience'],
    // "When both aud and client_id are present, API Gateway evaluates aud."
    ['an audience beside the right client', { aud: 'else', client_id: 'app' }, 'a valid audience'],
    ['a time that is over', { exp: SECONDS }, 'the token has expired'],
    ['no end', { exp: undefined }, 'the token has expired'],
    ['an end as text', { exp: '9999999999' }, 'the token has expired'],
    ['a time to come', { nbf: SECONDS + 1 }, 'the token is not valid yet'],
    ['an issue to come', { iat: SECONDS + 1 }, 'the token is not valid yet'],
  ])('%s', async (_, more, message) => {
    await expect(check(issuer.token(claims(more)))).rejects.toThrow(message);
  });

  it('a signature by another key, or by none', async () => {
    const forged = issuer.token(claims(), {}, rsaKey());
    await expect(check(forged)).rejects.toThrow('the signature is invalid');
    const [head, , signature] = issuer.token(claims()).split('.');
    const body = Buffer.from(JSON.stringify(claims({ sub: 'you' }))).toString('base64url');
    await expect(check(`${head}.${body}.${signature}`)).rejects.toThrow('the signature is invalid');
    await expect(check(issuer.token(claims(), { kid: 'lost' }))).rejects.toThrow('no key of this kid');
    await expect(check(issuer.token(claims(), { kid: undefined }))).rejects.toThrow('no key of this kid');
  });

  it('a method that needs no private key: none, and the public key as a secret', async () => {
    const text = issuer.token(claims(), { alg: 'HS256' }).split('.').slice(0, 2).join('.');
    const secret = createPublicKey(issuer.keys.get('first')!).export({ type: 'spki', format: 'pem' });
    const hmac = createHmac('sha256', secret).update(text).digest('base64url');
    await expect(check(`${text}.${hmac}`)).rejects.toThrow('the signing method is not supported');
    const none = issuer.token(claims(), { alg: 'none' }).split('.').slice(0, 2).join('.');
    await expect(check(`${none}.`)).rejects.toThrow('the signing method is not supported');
    await expect(check(issuer.token(claims(), { alg: 'constructor' }))).rejects.toThrow('not supported');
  });

  it.each(['', 'x', 'Bearer', 'a.b.c', 'W10.W10.W10', 'e30.e30', 'Basic bG9jYWw='])(
    '%j, which is no token',
    async (header) => {
      await expect(check(header)).rejects.toThrow('the token is no JSON Web Token');
    },
  );
});

it('claims reach the function as text', () => {
  expect(claimsAsText({ sub: 'me', exp: 12, ok: true, 'cognito:groups': ['a', 'b'], of: { x: 1 } })).toEqual({
    sub: 'me',
    exp: '12',
    ok: 'true',
    'cognito:groups': '[a b]',
    of: '{"x":1}',
  });
});

describe("an issuer's keys", () => {
  it('are read once in two hours, so that a new one may be unknown until then', async () => {
    let now = NOW;
    const cached = new Issuer(issuer.url, () => now);
    const before = issuer.asked.length;
    await Promise.all([cached.check(), cached.keyOf('first')]);
    issuer.keys.set('second', rsaKey());
    expect(await cached.keyOf('second')).toBeUndefined();
    expect(issuer.asked.slice(before)).toEqual(['/.well-known/openid-configuration', '/keys']);
    now += 2 * 3600 * 1000;
    expect(await cached.keyOf('second')).toBeDefined();
    issuer.keys.delete('second');
  });

  it('that cannot be read are an error that names the issuer, and are asked for again', async () => {
    await expect(new Issuer('http://localhost:1').check()).rejects.toThrow(
      'issuer http://localhost:1: got http://localhost:1/.well-known/openid-configuration, expected an https URL',
    );
    const lost = new Issuer(`${issuer.url}/lost/`);
    await expect(lost.check()).rejects.toThrow(
      `issuer ${issuer.url}/lost/: ${issuer.url}/lost/.well-known/openid-configuration answered 404`,
    );
    const before = issuer.asked.length;
    await expect(lost.keyOf('first')).rejects.toThrow('answered 404');
    expect(issuer.asked.length).toBe(before + 1);
    await expect(new Issuer('https://localhost:1').check()).rejects.toThrow(
      /^issuer https:\/\/localhost:1: fetch failed, \w/,
    );
  });
});
