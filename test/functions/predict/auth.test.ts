/** What the page and openapi.json say of who may call the API. */
import { describe, expect, it } from 'vitest';
import { type ApiAuth, parseAuth } from '../../../functions/predict/auth.ts';
import { httpApi } from '../support/http-api.ts';

const TOKENS: ApiAuth = { kind: 'jwt', issuer: 'https://issuer.example', audience: ['app "1"', 'other'] };
const LOGIN = 'https://login.example';

function apiFor(auth: ApiAuth) {
  const api = httpApi();
  api.auth = auth;
  return api;
}
const pageFor = async (auth: ApiAuth) => {
  const { headers, text } = await apiFor(auth).call('GET', '/');
  return { policy: String(headers!['content-security-policy']), root: /<html[^>]*>/.exec(text)![0] };
};

describe('the page', () => {
  it('asks nobody but this API, unless people sign in elsewhere', async () => {
    for (const auth of [{ kind: 'none' }, { kind: 'iam' }, TOKENS] as const) {
      const { policy, root } = await pageFor(auth);
      expect(policy).toContain("connect-src 'self';");
      expect(root).toBe('<html lang="en">');
    }
  });

  it('knows where people sign in, and by which client', async () => {
    const { policy, root } = await pageFor({ ...TOKENS, login: LOGIN });
    expect(policy).toContain(`connect-src 'self' ${LOGIN};`);
    expect(policy).toContain("form-action 'none'");
    expect(root).toBe(`<html lang="en" data-login="${LOGIN}" data-client="app &quot;1&quot;">`);
  });
});

describe('openapi.json', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a JSON document that the tests look into
  const load = async (auth: ApiAuth): Promise<any> =>
    (await apiFor(auth).json('GET', '/openapi.json')).answer;

  it('says nothing of an API that is open', async () => {
    const document = await load({ kind: 'none' });
    expect(document).not.toHaveProperty('security');
    expect(document.components).not.toHaveProperty('securitySchemes');
  });

  it('has signatures as API Gateway describes them', async () => {
    const document = await load({ kind: 'iam' });
    expect(document.security).toEqual([{ iam: [] }]);
    expect(document.components.securitySchemes.iam).toMatchObject({
      type: 'apiKey',
      in: 'header',
      name: 'Authorization',
      'x-amazon-apigateway-authtype': 'awsSigv4',
    });
    expect(document.paths['/'].get).not.toHaveProperty('security');
  });

  it('has tokens, whose they are and for whom, and which routes need none', async () => {
    const document = await load(TOKENS);
    expect(document.security).toEqual([{ jwt: [] }]);
    expect(document.components.securitySchemes.jwt).toEqual({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'A token of https://issuer.example for app "1" or other',
    });
    const open = Object.entries<Record<string, { security?: unknown }>>(document.paths).flatMap(
      ([path, operations]) =>
        Object.values(operations).flatMap(({ security }) =>
          security === undefined ? [] : [[path, security]],
        ),
    );
    expect(open).toEqual([
      ['/openapi.json', []],
      ['/', []],
    ]);
  });
});

it.each(['', '{}', '{"kind":"open"}', '{"kind":"jwt"}', '{"kind":"iam","more":1}'])(
  'refuses %j, which says nothing of callers',
  (text) => {
    expect(() => parseAuth(text)).toThrow(`AUTH: got ${text}, expected who may call the API`);
  },
);
