/** Settings of the endpoint: who may call it, how often, and under which name. */
import { MANAGE, type Manage } from '../../functions/contract/routes.ts';
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
  manage: {
    example: 'off',
    meaning:
      'who may call the routes that change something ([api.md](api.md#routes-that-change-something)): `iam` for signed requests whatever `auth` is, `auth` for who may call the others, `off` for no such routes. With `auth=none`, `auth` is for a machine of your own: CloudFormation refuses it unless [a parameter](#parameters) says that you mean it',
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
  jwtLogin: {
    example: 'https://stepnet.auth.eu-west-1.amazoncognito.com',
    meaning:
      "domain of a Cognito user pool where the page's visitors sign in, by the app client that `jwtAudience` names first; with `auth=jwt`",
    otherwise: 'the page takes a token that is pasted',
  },
  cors: {
    example: 'https://a.example,https://b.example',
    meaning:
      'other origins whose pages may call the endpoint, with commas between; `*` alone for all. Whoever may call it still does so by `auth`',
    otherwise: 'none',
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
  domain: {
    example: 'digits.example.org',
    meaning: 'a name of your own for the endpoint ([below](#a-domain-of-your-own)); with `certificate`',
    otherwise: 'the name that API Gateway gives it',
  },
  certificate: {
    example: 'arn:aws:acm:eu-west-1:123456789012:certificate/0f8c…',
    meaning: "the ARN of the domain's certificate in ACM, in the region of the stacks; with `domain`",
    otherwise: '–',
  },
} as const satisfies Record<string, Setting>;

export type Auth =
  | { kind: 'iam' }
  | { kind: 'none' }
  | { kind: 'jwt'; issuer: string; audience: string[]; login?: string };

export interface ServingSettings {
  /** Who may call the HTTP API. */
  auth: Auth;
  /** Who may call the routes that change something. */
  manage: Manage;
  /** Other origins whose pages may call it. */
  cors: string[] | undefined;
  /** Of the whole API; `rate` is requests a second. */
  throttle: { rate: number; burst: number };
  /** Under which the API answers, too; `certificate` is an ARN of ACM. */
  domain: { name: string; certificate: string } | undefined;
}

/** Lowercase, as API Gateway wants it; at most 63 characters between dots ("DomainName", API Gateway V2 API Reference). */
const DOMAIN = /^(?=.{1,255}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{1,62}[a-z0-9]$/;
const CERTIFICATE_ARN = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]{36}$/;

type ServingGiven = Given<keyof typeof SERVING>;

export function readServing(given: ServingGiven): ServingSettings {
  return {
    auth: readAuth(given),
    manage: given.word('manage', MANAGE),
    cors: readOrigins(given),
    throttle: {
      rate: given.whole('throttleRate', RATE, 'requests a second'),
      burst: given.whole('throttleBurst', BURST, 'requests'),
    },
    domain: readDomain(given),
  };
}

function readDomain(given: ServingGiven): ServingSettings['domain'] {
  const name = given.matching('domain', DOMAIN, 'a domain name in lowercase letters');
  const certificate = given.matching('certificate', CERTIFICATE_ARN, "a certificate's ARN in ACM");
  if (name === undefined) {
    return certificate === undefined ? undefined : given.refuse('certificate', 'nothing without domain');
  }
  if (certificate === undefined)
    return given.refuse('certificate', "a certificate's ARN in ACM, with domain");
  return { name, certificate };
}

function readAuth(given: ServingGiven): Auth {
  const kind = given.word('auth', ['iam', 'none', 'jwt']);
  if (kind !== 'jwt') {
    for (const key of ['jwtIssuer', 'jwtAudience', 'jwtLogin'] as const) {
      if (given.text(key) !== undefined) given.refuse(key, 'nothing without auth=jwt');
    }
    return { kind };
  }
  const issuer =
    given.text('jwtIssuer') ?? given.refuse('jwtIssuer', "the issuer's https URL, with auth=jwt");
  const audience = given.text('jwtAudience') ?? given.refuse('jwtAudience', 'the audience, with auth=jwt');
  if (!issuer.startsWith('https://')) given.refuse('jwtIssuer', 'an https URL');
  const audiences = listed(audience);
  if (audiences.includes('')) given.refuse('jwtAudience', 'one audience or several with commas between');
  const login = given.text('jwtLogin');
  if (login === undefined) return { kind, issuer, audience: audiences };
  if (!isOrigin(login) || !login.startsWith('https:')) {
    given.refuse(
      'jwtLogin',
      'an https URL without path or slash at the end, such as that of a Cognito domain',
    );
  }
  return { kind, issuer, audience: audiences, login };
}

/** As browsers write it: small letters, no path, no slash at the end, no port that goes without saying. */
const isOrigin = (text: string): boolean =>
  /^https?:\/\/[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;

function readOrigins(given: ServingGiven): string[] | undefined {
  const text = given.text('cors');
  if (text === undefined || text === '*') return text === undefined ? undefined : [text];
  const origins = listed(text);
  return origins.every(isOrigin)
    ? origins
    : given.refuse('cors', 'origins such as https://a.example without path or slash, or * alone');
}

/** What stands between commas. */
const listed = (text: string): string[] => text.split(',').map((part) => part.trim());
