/** Settings of the endpoint: who may call it. */
import type { Given, Setting } from './reader.ts';

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
} as const satisfies Record<string, Setting>;

export type Auth = { kind: 'iam' } | { kind: 'none' } | { kind: 'jwt'; issuer: string; audience: string[] };

export interface ServingSettings {
  /** Who may call the HTTP API. */
  auth: Auth;
}

type ServingGiven = Given<keyof typeof SERVING>;

export function readServing(given: ServingGiven): ServingSettings {
  return { auth: readAuth(given) };
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
