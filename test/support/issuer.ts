/** Who issues tokens, on this machine: its discovery document, its keys, and tokens that they sign. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
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
  const server = createServer({ key, cert }, (request, response) => {
    asked.push(request.url!);
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
    token(claims, head = {}, by) {
      const header = { alg: 'RS256', kid: 'first', typ: 'JWT', ...head };
      const text = `${encode(header)}.${encode(claims)}`;
      const signature = sign(
        DIGESTS.get(header.alg) ?? 'sha256',
        Buffer.from(text),
        by ?? keys.get('first')!,
      );
      return `${text}.${signature.toString('base64url')}`;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
