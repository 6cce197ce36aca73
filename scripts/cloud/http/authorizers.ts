/** Lets a request through to its route's function, or refuses it, as the route's authorizer says. */
import type { IncomingMessage } from 'node:http';
import type { Identities } from '../iam/identities.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../intrinsics.ts';
import { parseAuthorization, wrongWith } from '../signature.ts';
import { type HttpAnswer, json } from './answer.ts';
import type { Caller, HttpApi, Route } from './api.ts';
import { Issuer } from './issuer.ts';
import { checkToken, claimsAsText, TokenError, type TokenRules } from './tokens.ts';

/** The caller, nobody in particular, or the refusal. */
export type Decision = { caller?: Caller } | { refusal: HttpAnswer };

const FORBIDDEN: Decision = { refusal: json(403, { message: 'Forbidden' }) };

export class Authorizers {
  readonly #apiId: string;
  readonly #identities: Identities;
  readonly #issuers: Map<string, Issuer>;
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor({ id, routes }: HttpApi, identities: Identities, now: () => number = Date.now) {
    this.#apiId = id;
    this.#identities = identities;
    this.#now = now;
    const urls = routes.flatMap(({ authorizer }) => (authorizer.kind === 'JWT' ? [authorizer.issuer] : []));
    this.#issuers = new Map(urls.map((url) => [url, new Issuer(url, now)]));
  }

  /** As AWS does before it makes an authorizer. @throws Error naming an issuer that can't be asked for its keys */
  async check(): Promise<void> {
    for (const issuer of this.#issuers.values()) await issuer.check();
  }

  async decide({ authorizer }: Route, request: IncomingMessage, body: Uint8Array): Promise<Decision> {
    if (authorizer.kind === 'NONE') return {};
    const { authorization = '' } = request.headers;
    return authorizer.kind === 'JWT'
      ? this.#byToken(authorization, authorizer)
      : this.#bySignature(authorization, request, body);
  }

  #bySignature(authorization: string, request: IncomingMessage, body: Uint8Array): Decision {
    const { method = 'GET', url: target = '/', headersDistinct: headers } = request;
    const signed = parseAuthorization(authorization);
    const identity = this.#identities.find(signed?.credential.accessKeyId);
    if (signed === undefined || identity === undefined) return FORBIDDEN;
    // A token comes with credentials for a time; here all last.
    if (headers['x-amz-security-token'] !== undefined) return FORBIDDEN;
    const scope = { region: LOCAL_REGION, service: 'execute-api' };
    const asSigned = { method, target, headers, body };
    if (wrongWith(asSigned, signed, identity.secretAccessKey, scope, this.#now()) !== undefined) {
      return FORBIDDEN;
    }
    const path = target.split('?')[0]!;
    const resource = `arn:aws:execute-api:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${this.#apiId}/$default/${method}${path}`;
    if (!this.#identities.mayInvoke(identity, resource)) return FORBIDDEN;
    const { accessKeyId, userArn, userId } = identity;
    return {
      caller: {
        iam: {
          accessKey: accessKeyId,
          accountId: LOCAL_ACCOUNT,
          callerId: userId,
          cognitoIdentity: null,
          principalOrgId: 'aws:PrincipalOrgID',
          userArn,
          userId,
        },
      },
    };
  }

  async #byToken(authorization: string, rules: TokenRules): Promise<Decision> {
    if (authorization === '') return unauthorized('Bearer');
    const issuer = this.#issuers.get(rules.issuer)!;
    try {
      const claims = await checkToken(authorization, rules, (id) => issuer.keyOf(id), this.#now());
      // No route here asks for scopes.
      return { caller: { jwt: { claims: claimsAsText(claims), scopes: null } } };
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      // The form of "Troubleshooting issues with HTTP API JWT authorizers" (its guide).
      return unauthorized(`Bearer scope="" error="invalid_token" error_description="${error.message}"`);
    }
  }
}

function unauthorized(challenge: string): Decision {
  const { headers, ...answer } = json(401, { message: 'Unauthorized' });
  return { refusal: { ...answer, headers: { ...headers, 'www-authenticate': challenge } } };
}
