/**
 * Pages of other origins ("Configure CORS for HTTP APIs in API Gateway", its Developer Guide). The gateway answers a
 * browser's question before a request itself, and adds its headers to what functions answer, in place of theirs.
 */
import type { HttpAnswer } from './answer.ts';

export interface Cors {
  /** Origins, `*`, `https://*` or `http://*`. */
  AllowOrigins?: string[];
  AllowMethods?: string[];
  AllowHeaders?: string[];
  ExposeHeaders?: string[];
  /** Seconds. */
  MaxAge?: number;
}

export interface Asked {
  method: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** "For the OPTIONS method, your request must contain an origin header and an Access-Control-Request-Method header." */
export const isPreflight = ({ method, headers }: Asked): boolean =>
  method === 'OPTIONS' &&
  headers.origin !== undefined &&
  headers['access-control-request-method'] !== undefined;

export function answerPreflight(cors: Cors, { headers }: Asked): HttpAnswer {
  const allowed = allowedOrigin(cors, headers.origin);
  const { AllowMethods = [], AllowHeaders = [], MaxAge } = cors;
  const answer =
    allowed === undefined
      ? {}
      : {
          'access-control-allow-origin': allowed,
          ...list('access-control-allow-methods', AllowMethods),
          ...list('access-control-allow-headers', AllowHeaders),
          ...(MaxAge === undefined ? {} : { 'access-control-max-age': String(MaxAge) }),
        };
  return { status: 204, headers: answer, body: Buffer.alloc(0) };
}

/** A function's answer with the API's headers. "API Gateway ignores CORS headers returned from your backend integration." */
export function withCors(cors: Cors, { headers: { origin } }: Asked, answer: HttpAnswer): HttpAnswer {
  const own = Object.entries(answer.headers).filter(([name]) => !name.startsWith('access-control-'));
  const allowed = allowedOrigin(cors, origin);
  const added =
    allowed === undefined
      ? {}
      : {
          'access-control-allow-origin': allowed,
          ...list('access-control-expose-headers', cors.ExposeHeaders ?? []),
        };
  return { ...answer, headers: { ...Object.fromEntries(own), ...added } };
}

function allowedOrigin({ AllowOrigins = [] }: Cors, origin: string | string[] | undefined) {
  if (typeof origin !== 'string') return undefined;
  if (AllowOrigins.includes('*')) return '*';
  const isAllowed = AllowOrigins.some((allowed) =>
    allowed.endsWith('://*') ? origin.startsWith(allowed.slice(0, -1)) : allowed === origin,
  );
  return isAllowed ? origin : undefined;
}

const list = (name: string, values: readonly string[]): Record<string, string> =>
  values.length === 0 ? {} : { [name]: values.join(',') };
