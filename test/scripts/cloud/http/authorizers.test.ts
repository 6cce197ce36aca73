/** Routes that want a signature or a token, over HTTP: who gets through, and what the function is told of the caller. */
import { join } from 'node:path';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Credentials, signRequest } from '../../../../scripts/client/sign.ts';
import { LOCAL_CREDENTIALS } from '../../../../scripts/cloud/connection.ts';
import type { HttpApi, RouteAuthorizer } from '../../../../scripts/cloud/http/api.ts';
import { Authorizers } from '../../../../scripts/cloud/http/authorizers.ts';
import { type Gateway, startGateway } from '../../../../scripts/cloud/http/gateway.ts';
import { accessKeyIdOf, type CloudCall } from '../../../../scripts/cloud/iam/authorizer.ts';
import { Identities } from '../../../../scripts/cloud/iam/identities.ts';
import { Roles } from '../../../../scripts/cloud/iam/roles.ts';
import { LOCAL_REGION } from '../../../../scripts/cloud/intrinsics.ts';
import { FunctionHost } from '../../../../scripts/cloud/lambda/function-host.ts';
import { startIssuer, type TestIssuer } from '../../../support/issuer.ts';
import { type Workbench, workbench } from '../functions.ts';

const SHOW = `export const handler = async (event) =>
  ({ statusCode: 200, headers: { 'content-type': 'application/json', 'access-control-allow-origin': '*' },
     body: JSON.stringify(event) });`;
const CLERK = 'arn:aws:lambda:us-east-1:000000000000:function:shop-Clerk';
const STRANGER = 'arn:aws:lambda:us-east-1:000000000000:function:shop-Stranger';
const ORIGIN = 'https://page.example';
const CORS = {
  AllowOrigins: [ORIGIN, 'http://*'],
  AllowMethods: ['GET', 'POST'],
  AllowHeaders: ['authorization', 'content-type'],
  ExposeHeaders: ['etag'],
  MaxAge: 600,
};

let bench: Workbench;
let functions: FunctionHost;
let gateway: Gateway;
let issuer: TestIssuer;
const calls: CloudCall[] = [];

beforeAll(async () => {
  issuer = await startIssuer();
  bench = workbench();
  const fn = bench.bundle('show', SHOW);
  functions = new FunctionHost([fn], join(bench.folder, 'logs'), {});
  gateway = await startGateway(0);
  const jwt = { kind: 'JWT', issuer: issuer.url, audience: ['shop'] } as const;
  const route = (key: string, authorizer: RouteAuthorizer) => ({ key, functionArn: fn.arn, authorizer });
  const api: HttpApi = {
    id: 'shop',
    cors: CORS,
    routes: [
      route('GET /open', { kind: 'NONE' }),
      route('POST /signed', { kind: 'AWS_IAM' }),
      route('GET /signed/{item}', { kind: 'AWS_IAM' }),
      route('GET /token', jwt),
      route('ANY /any', jwt),
      route('OPTIONS /{proxy+}', { kind: 'NONE' }),
      route('$default', jwt),
    ],
  };
  const roles = new Roles();
  roles.addRole('clerk', {});
  roles.addPolicy('policy', {
    Roles: ['clerk'],
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: 'arn:aws:execute-api:us-east-1:000000000000:shop/$default/GET/signed/a*',
        },
      ],
    },
  });
  roles.addRole('stranger', {});
  roles.assume(CLERK, 'arn:aws:iam::000000000000:role/clerk');
  roles.assume(STRANGER, 'arn:aws:iam::000000000000:role/stranger');
  const authorizers = new Authorizers(api, new Identities(roles, (call) => calls.push(call)));
  await authorizers.check();
  gateway.serve({ api, authorizers, functions });
});
afterAll(async () => {
  await functions.close();
  await gateway.close();
  await issuer.close();
  bench.remove();
});

interface Answer {
  status: number;
  headers: Headers;
  body: APIGatewayProxyEventV2 & { message?: string };
}

async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${gateway.endpoint}${path}`, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
}

/** Signed as `npm run open` signs. */
async function askSigned(
  path: string,
  {
    method = 'GET',
    body = '',
    region = LOCAL_REGION,
  }: { method?: string; body?: string; region?: string } = {},
  credentials: Credentials = LOCAL_CREDENTIALS,
): Promise<Answer> {
  const url = new URL(path, gateway.endpoint);
  const headers = await signRequest(
    { method, url, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) },
    { region, credentials: async () => credentials },
  );
  const { host: _, ...rest } = headers;
  return ask(path, { method, headers: rest, ...(body === '' ? {} : { body }) });
}
const as = (arn: string) => ({ ...LOCAL_CREDENTIALS, accessKeyId: accessKeyIdOf(arn) });
const callerOf = ({ body }: Answer) => (body.requestContext as { authorizer?: object }).authorizer;

it('a route without an authorizer is for everybody, and says nothing of the caller', async () => {
  const answer = await ask('/open', { headers: { authorization: 'Bearer x' } });
  expect(answer.status).toBe(200);
  expect(callerOf(answer)).toBeUndefined();
});

describe('a route for signed requests', () => {
  it('lets the operator through, and says who it is', async () => {
    const answer = await askSigned('/signed?b=2&a=%C3%BC%20', { method: 'POST', body: '{"a":1}' });
    expect(answer.status).toBe(200);
    expect(answer.body.body).toBe('{"a":1}');
    expect(callerOf(answer)).toEqual({
      iam: {
        accessKey: 'local',
        accountId: '000000000000',
        callerId: 'local',
        cognitoIdentity: null,
        principalOrgId: 'aws:PrincipalOrgID',
        userArn: 'arn:aws:iam::000000000000:user/local',
        userId: 'local',
      },
    });
  });

  it('lets a role through where its policy allows the method and the path, and nowhere else', async () => {
    const answer = await askSigned('/signed/apple', {}, as(CLERK));
    expect(answer.status).toBe(200);
    expect(callerOf(answer)).toMatchObject({
      iam: { userArn: 'arn:aws:sts::000000000000:assumed-role/clerk/shop-Clerk' },
    });
    expect(calls).toEqual([
      {
        caller: CLERK,
        action: 'execute-api:Invoke',
        resource: 'arn:aws:execute-api:us-east-1:000000000000:shop/$default/GET/signed/apple',
        context: { 'aws:securetransport': 'true' },
      },
    ]);
    expect((await askSigned('/signed/pear', {}, as(CLERK))).status).toBe(403);
    expect((await askSigned('/signed', { method: 'POST' }, as(CLERK))).status).toBe(403);
    expect((await askSigned('/signed/apple', {}, as(STRANGER))).status).toBe(403);
    expect(calls).toHaveLength(1);
  });

  it('refuses what is not signed, is signed by nobody known or with a wrong secret, or for elsewhere', async () => {
    const refused = [
      await ask('/signed/apple'),
      await ask('/signed/apple', { headers: { authorization: `Bearer ${issuer.token({})}` } }),
      await askSigned('/signed/apple', {}, { ...LOCAL_CREDENTIALS, accessKeyId: 'AKIAOTHER' }),
      await askSigned('/signed/apple', {}, { ...LOCAL_CREDENTIALS, secretAccessKey: 'wrong' }),
      await askSigned('/signed/apple', {}, { ...LOCAL_CREDENTIALS, sessionToken: 'of nobody' }),
      await askSigned('/signed/apple', { region: 'eu-west-1' }),
    ];
    for (const { status, body } of refused) {
      expect({ status, body }).toEqual({ status: 403, body: { message: 'Forbidden' } });
    }
  });

  it('refuses another body than was signed', async () => {
    const url = new URL('/signed', gateway.endpoint);
    const { host: _, ...headers } = await signRequest(
      { method: 'POST', url, headers: {}, body: Buffer.from('{"a":1}') },
      { region: LOCAL_REGION, credentials: async () => LOCAL_CREDENTIALS },
    );
    const send = (body: string) => ask('/signed', { method: 'POST', headers, body });
    expect((await send('{"a":1}')).status).toBe(200);
    expect((await send('{"a":2}')).status).toBe(403);
  });
});

describe('a route for tokens', () => {
  const soon = () => Math.floor(Date.now() / 1000) + 600;
  const withToken = (token: string) => ask('/token', { headers: { authorization: `Bearer ${token}` } });

  it('lets a token through, and says whose it is', async () => {
    const exp = soon();
    const answer = await withToken(issuer.token({ iss: issuer.url, aud: 'shop', sub: 'me', exp }));
    expect(answer.status).toBe(200);
    expect(callerOf(answer)).toEqual({
      jwt: { claims: { iss: issuer.url, aud: 'shop', sub: 'me', exp: String(exp) }, scopes: null },
    });
  });

  it('asks for one, and says what is wrong with another', async () => {
    const missing = await ask('/token');
    expect([missing.status, missing.body]).toEqual([401, { message: 'Unauthorized' }]);
    expect(missing.headers.get('www-authenticate')).toBe('Bearer');
    const other = await withToken(issuer.token({ iss: issuer.url, aud: 'else', exp: soon() }));
    expect([other.status, other.body]).toEqual([401, { message: 'Unauthorized' }]);
    expect(other.headers.get('www-authenticate')).toBe(
      'Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience"',
    );
    expect((await askSigned('/token')).status).toBe(401);
  });

  it('an issuer that cannot be asked keeps the cloud from starting', async () => {
    const rules = { kind: 'JWT', issuer: `${issuer.url}/lost`, audience: ['shop'] } as const;
    const routes = [{ key: 'GET /x', functionArn: 'x', authorizer: rules }];
    const api = { id: 'shop', cors: undefined, routes };
    await expect(new Authorizers(api, new Identities(new Roles())).check()).rejects.toThrow(
      `issuer ${issuer.url}/lost: `,
    );
  });
});

describe('pages of other origins', () => {
  const asking = (path: string, origin: string) =>
    ask(path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } });

  it('are answered by the gateway, without a token, whether or not there is such a route', async () => {
    for (const path of ['/token', '/signed', '/nowhere']) {
      const { status, headers } = await asking(path, ORIGIN);
      expect(status, path).toBe(204);
      expect(Object.fromEntries(headers)).toMatchObject({
        'access-control-allow-origin': ORIGIN,
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'authorization,content-type',
        'access-control-max-age': '600',
      });
    }
  });

  it('are behind the authorizer of a route that takes their question itself', async () => {
    for (const path of ['/any', '/']) expect((await asking(path, ORIGIN)).status, path).toBe(401);
  });

  it('that are not invited get no header', async () => {
    const { status, headers } = await asking('/token', 'https://other.example');
    expect(status).toBe(204);
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    const answer = await ask('/open', { headers: { origin: 'https://other.example' } });
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it("may read answers: the API's headers replace the function's", async () => {
    for (const origin of [ORIGIN, 'http://anything:8080']) {
      const { headers } = await ask('/open', { headers: { origin } });
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-expose-headers')).toBe('etag');
    }
    expect((await ask('/open')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('OPTIONS that is no question of a browser reaches the function', async () => {
    const answer = await ask('/token', { method: 'OPTIONS', headers: { origin: ORIGIN } });
    expect(answer.body.routeKey).toBe('OPTIONS /{proxy+}');
  });
});
