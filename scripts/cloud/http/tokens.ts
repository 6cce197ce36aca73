/**
 * JSON Web Tokens as the authorizers of HTTP APIs take them ("Control access to HTTP APIs with JWT authorizers in API
 * Gateway", Amazon API Gateway Developer Guide).
 */
import { type KeyObject, verify } from 'node:crypto';

/** "Currently, only RSA-based algorithms are supported." */
const DIGESTS: Readonly<Record<string, string>> = { RS256: 'sha256', RS384: 'sha384', RS512: 'sha512' };

export interface TokenRules {
  issuer: string;
  /** The token has to be for one of them. */
  audience: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** A token is not taken; the message goes into the header www-authenticate, as AWS words it where that is known. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
}

/**
 * @param header Authorization: the token, or the token after `Bearer`
 * @param keyOf the issuer's public key of an id
 * @param now milliseconds since 1970
 * @returns its claims
 * @throws TokenError
 */
export async function checkToken(
  header: string,
  rules: TokenRules,
  keyOf: (id: string) => Promise<KeyObject | undefined>,
  now: number,
): Promise<Fields> {
  const token = header.replace(/^Bearer +/i, '');
  const parts = token.split('.');
  const [head, claims] = parts.slice(0, 2).map(readPart);
  if (parts.length !== 3 || head === undefined || claims === undefined) {
    throw new TokenError('the token is no JSON Web Token');
  }
  await checkSignature(parts, head, keyOf);
  checkClaims(claims, rules, now / 1000);
  return claims;
}

async function checkSignature(
  [head, claims, signature]: readonly string[],
  { alg, kid }: Fields,
  keyOf: (id: string) => Promise<KeyObject | undefined>,
): Promise<void> {
  const digest = typeof alg === 'string' && Object.hasOwn(DIGESTS, alg) ? DIGESTS[alg] : undefined;
  if (digest === undefined) throw new TokenError('the signing method is not supported');
  const key = typeof kid === 'string' ? await keyOf(kid) : undefined;
  if (key === undefined) throw new TokenError('the issuer has no key of this kid');
  const isRight = verify(digest, Buffer.from(`${head}.${claims}`), key, Buffer.from(signature!, 'base64url'));
  if (!isRight) throw new TokenError('the signature is invalid');
}

/** @param now seconds since 1970 */
function checkClaims(claims: Fields, { issuer, audience }: TokenRules, now: number): void {
  const { iss, aud, client_id: client, exp, nbf, iat } = claims;
  if (iss !== issuer) throw new TokenError('the token has another issuer');
  // "API Gateway validates client_id only if aud is not present."
  const isForUs = [aud ?? client].flat().some((one) => audience.some((ours) => ours === one));
  if (!isForUs) throw new TokenError('the token does not have a valid audience');
  if (typeof exp !== 'number' || exp <= now) throw new TokenError('the token has expired');
  for (const from of [nbf, iat]) {
    const isPast = from === undefined || (typeof from === 'number' && from <= now);
    if (!isPast) throw new TokenError('the token is not valid yet');
  }
}

function readPart(part: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Fields) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Claims as an event has them: all are text, of a list `[a b]`. */
export const claimsAsText = (claims: Fields): Record<string, string> =>
  Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, asText(value)]));

function asText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asText).join(' ')}]`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
