/** Who issues tokens: its public keys, as its discovery document leads to them (OpenID Connect Discovery 1.0, section 4). */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** "API Gateway can cache the public key for two hours" ("Control access to HTTP APIs with JWT authorizers", its guide). */
const KEPT_MS = 2 * 3600 * 1000;
const TIMEOUT_MS = 5000;

export class Issuer {
  readonly #url: string;
  readonly #now: () => number;
  #keys: Promise<Map<string, KeyObject>> | undefined;
  #readAt = 0;

  /** @param now milliseconds since 1970 */
  constructor(url: string, now: () => number = Date.now) {
    this.#url = url;
    this.#now = now;
  }

  /**
   * Reads its keys, as AWS does before it makes an authorizer.
   * @throws Error naming the issuer when it cannot be asked, or answers with something else
   */
  async check(): Promise<void> {
    await this.#read();
  }

  /** Its key of this id, which may be two hours old. @throws Error as `check` */
  async keyOf(id: string): Promise<KeyObject | undefined> {
    return (await this.#read()).get(id);
  }

  #read(): Promise<Map<string, KeyObject>> {
    if (this.#keys !== undefined && this.#now() - this.#readAt < KEPT_MS) return this.#keys;
    this.#readAt = this.#now();
    const keys = readKeys(this.#url).catch((cause: Error) => {
      // Asked again the next time.
      if (this.#keys === keys) this.#keys = undefined;
      throw new Error(`issuer ${this.#url}: ${reasonOf(cause)}`, { cause });
    });
    this.#keys = keys;
    return keys;
  }
}

/** `fetch` only says that it failed. */
const reasonOf = ({ message, cause }: Error): string =>
  cause instanceof Error ? `${message}, ${cause.message}` : message;

async function readKeys(issuer: string): Promise<Map<string, KeyObject>> {
  const discovery = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { jwks_uri: uri } = (await getJson(discovery)) as { jwks_uri?: unknown };
  if (typeof uri !== 'string') throw new Error(`${discovery} has no jwks_uri`);
  const { keys } = (await getJson(uri)) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error(`${uri} has no keys`);
  // Keys of other kinds sign nothing that is taken here.
  const ours = (keys as JsonWebKey[]).filter(({ kty, kid }) => kty === 'RSA' && typeof kid === 'string');
  return new Map(ours.map((key) => [key.kid as string, createPublicKey({ key, format: 'jwk' })]));
}

async function getJson(url: string): Promise<object> {
  if (!url.startsWith('https://')) throw new Error(`got ${url}, expected an https URL`);
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const value: unknown = await response.json();
  if (typeof value !== 'object' || value === null) throw new Error(`${url} answered no object`);
  return value;
}
