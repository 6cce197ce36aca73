/** An HTTP API as its template declares it: routes, who may call each, and which pages may read its answers. */
import type { Cors } from './cors.ts';
import type { TokenRules } from './tokens.ts';

/** Everybody, who signs and may `execute-api:Invoke`, or who has a token. */
export type RouteAuthorizer = { kind: 'NONE' } | { kind: 'AWS_IAM' } | ({ kind: 'JWT' } & TokenRules);

/** What the event's requestContext says of the caller. */
export type Caller = { iam: Readonly<Record<string, unknown>> } | { jwt: Readonly<Record<string, unknown>> };

export interface Route {
  /** `POST /predict`, or `$default`. */
  key: string;
  functionArn: string;
  authorizer: RouteAuthorizer;
}

export interface HttpApi {
  id: string;
  /** Without it the API invites no other origins. */
  cors: Cors | undefined;
  routes: Route[];
}

type Properties = Readonly<Record<string, unknown>>;

/** @throws Error naming the property and its value */
export function readTokenRules({ IdentitySource, JwtConfiguration }: Properties, where: string): TokenRules {
  const { Issuer, Audience } = (JwtConfiguration ?? {}) as { Issuer?: unknown; Audience?: unknown };
  const wrong = (name: string, value: unknown, allowed: string) =>
    new Error(`${where}: ${name}: got ${JSON.stringify(value)}, expected ${allowed}`);
  const source = JSON.stringify(IdentitySource);
  if (source !== '["$request.header.Authorization"]') {
    throw wrong('IdentitySource', IdentitySource, '["$request.header.Authorization"] in the local cloud');
  }
  if (typeof Issuer !== 'string' || !Issuer.startsWith('https://')) {
    throw wrong('JwtConfiguration.Issuer', Issuer, 'an https URL');
  }
  if (!Array.isArray(Audience) || Audience.length === 0) {
    throw wrong('JwtConfiguration.Audience', Audience, 'one audience or several');
  }
  return { issuer: Issuer, audience: Audience as string[] };
}

/** @param authorizers rules by the id that a route names */
export function readAuthorizer(
  { AuthorizationType = 'NONE', AuthorizerId }: Properties,
  authorizers: ReadonlyMap<string, TokenRules>,
  where: string,
): RouteAuthorizer {
  if (AuthorizationType !== 'JWT') return { kind: AuthorizationType as 'NONE' | 'AWS_IAM' };
  const rules = authorizers.get(String(AuthorizerId));
  if (rules === undefined) throw new Error(`${where} has no authorizer ${String(AuthorizerId)}`);
  return { kind: 'JWT', ...rules };
}
