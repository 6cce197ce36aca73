/** Who issues tokens, on this machine: its discovery document, its keys, tokens that they sign, and the sign-in of Cognito. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { selfSigned } from './certificate.ts';

export interface TestIssuer {
  /** https://localhost:port, which this process trusts from then on. */
  url: string;
  /** Paths that were asked for. */
  asked: string[];
  /** By kid; what is added is published. */
  keys: Map<string, KeyObject>;
  /** Signed by the key of `kid`, or by another one that claims to be it. */
  token(claims: object, head?: object, by?: KeyObject): string;
  close(): Promise<void>;
}

export const rsaKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
const DIGESTS = new Map([
  ['RS384', 'sha384'],
  ['RS512', 'sha512'],
]);

export async function startIssuer(): Promise<TestIssuer> {
  const { key, cert } = selfSigned(['localhost']);
  setDefaultCACertificates([...getCACertificates('default'), cert]);
  const keys = new Map([['first', rsaKey()]]);
  const asked: string[] = [];
  const token: TestIssuer['token'] = (claims, head = {}, by) => {
    const header = { alg: 'RS256', kid: 'first', typ: 'JWT', ...head };
    const signed = `${encode(header)}.${encode(claims)}`;
    const signature = sign(
      DIGESTS.get(header.alg) ?? 'sha256',
      Buffer.from(signed),
      by ?? keys.get('first')!,
    );
    return `${signed}.${signature.toString('base64url')}`;
  };
  const signIns = new Map<string, URLSearchParams>();
  const server = createServer({ key, cert }, async (request, response) => {
    asked.push(request.url!);
    const { pathname, searchParams } = new URL(request.url!, url);
    if (pathname === '/oauth2/authorize') {
      const code = `code-${signIns.size}`;
      signIns.set(code, searchParams);
      const back = new URLSearchParams({ code, state: searchParams.get('state')! });
      response.writeHead(302, { location: `${searchParams.get('redirect_uri')}?${back}` }).end();
      return;
    }
    if (pathname === '/oauth2/token') {
      const given = new URLSearchParams(await text(request));
      const begun = signIns.get(given.get('code')!);
      signIns.delete(given.get('code')!);
      const challenge = createHash('sha256').update(given.get('code_verifier')!).digest('base64url');
      const isRight =
        begun?.get('code_challenge') === challenge &&
        begun.get('code_challenge_method') === 'S256' &&
        begun.get('client_id') === given.get('client_id') &&
        begun.get('redirect_uri') === given.get('redirect_uri') &&
        given.get('grant_type') === 'authorization_code';
      const claims = { iss: url, client_id: given.get('client_id'), exp: Date.now() / 1000 + 600 };
      response.writeHead(isRight ? 200 : 400, { 'access-control-allow-origin': '*' });
      response.end(JSON.stringify(isRight ? { access_token: token(claims) } : { error: 'invalid_grant' }));
      return;
    }
    const documents: Readonly<Record<string, () => object>> = {
      '/.well-known/openid-configuration': () => ({ issuer: url, jwks_uri: `${url}/keys` }),
      '/keys': () => ({
        keys: [...keys].map(([kid, one]) => {
          const { kty, n, e } = one.export({ format: 'jwk' });
          return { kty, n, e, kid, use: 'sig' };
        }),
      }),
    };
    const make = documents[request.url!];
    response.writeHead(make === undefined ? 404 : 200).end(JSON.stringify(make?.() ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    keys,
    token,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
