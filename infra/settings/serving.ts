/** Settings of the endpoint: who may call it, and how often. */
import type { Given, Setting } from './reader.ts';

/** An account has 10,000 requests a second and a burst of 5,000 in a region ("Quotas", API Gateway Developer Guide). */
const RATE = { least: 1, most: 10_000, default: 50 };
const BURST = { least: 1, most: 5000, default: 100 };

export const SERVING = {
  auth: {
    example: 'jwt',
    meaning: 'who may call the endpoint: `iam` for signed requests, `jwt` for tokens, `none` for everybody',
    otherwise: '`iam`',
  },
  jwtIssuer: {
    example: 'https://issuer.example',
    meaning: 'who issues the tokens; with `auth=jwt`',
    otherwise: '–',
  },
  jwtAudience: {
    example: 'stepnet',
    meaning: 'whom the tokens are for, several with commas between; with `auth=jwt`',
    otherwise: '–',
  },
  throttleRate: {
    example: '200',
    meaning: `requests a second that the API lets through, 1 to ${RATE.most}; it answers more with 429. A bill's upper bound more than a capacity`,
    otherwise: `${RATE.default}`,
  },
  throttleBurst: {
    example: '400',
    meaning: `requests that it lets through at once after a quiet time, 1 to ${BURST.most}`,
    otherwise: `${BURST.default}`,
  },
} as const satisfies Record<string, Setting>;

export type Auth = { kind: 'iam' } | { kind: 'none' } | { kind: 'jwt'; issuer: string; audience: string[] };

export interface ServingSettings {
  /** Who may call the HTTP API. */
  auth: Auth;
  /** Of the whole API; `rate` is requests a second. */
  throttle: { rate: number; burst: number };
}

type ServingGiven = Given<keyof typeof SERVING>;

export function readServing(given: ServingGiven): ServingSettings {
  return {
    auth: readAuth(given),
    throttle: {
      rate: given.whole('throttleRate', RATE, 'requests a second'),
      burst: given.whole('throttleBurst', BURST, 'requests'),
    },
  };
}

function readAuth(given: ServingGiven): Auth {
  const kind = given.word('auth', ['iam', 'none', 'jwt']);
  if (kind !== 'jwt') {
    for (const key of ['jwtIssuer', 'jwtAudience'] as const) {
      if (given.text(key) !== undefined) given.refuse(key, 'nothing without auth=jwt');
    }
    return { kind };
  }
  const issuer =
    given.text('jwtIssuer') ?? given.refuse('jwtIssuer', "the issuer's https URL, with auth=jwt");
  const audience = given.text('jwtAudience') ?? given.refuse('jwtAudience', 'the audience, with auth=jwt');
  if (!issuer.startsWith('https://')) given.refuse('jwtIssuer', 'an https URL');
  const audiences = audience.split(',').map((part) => part.trim());
  if (audiences.includes('')) given.refuse('jwtAudience', 'one audience or several with commas between');
  return { kind, issuer, audience: audiences };
}
