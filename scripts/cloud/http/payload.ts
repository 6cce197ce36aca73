/** Payload format 2.0 of API Gateway's Lambda integration, both ways. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { LOCAL_ACCOUNT } from '../intrinsics.ts';
import { splitAt } from '../s3/request.ts';
import type { HttpAnswer } from './answer.ts';
import type { Caller, Route } from './api.ts';
import type { RouteMatch } from './routes.ts';

/** Content types whose bodies API Gateway passes as text (tried in AWS; its guide only says "not binary"). */
const TEXT = /^(text\/[^;]+|application\/(json|javascript|xml))\s*(;|$)/i;

/**
 * The event for a request: repeated headers and query keys joined by commas, a body that is no text in base64.
 *
 * @param caller of a route that has an authorizer
 */
export function toEvent(
  request: IncomingMessage,
  body: Buffer,
  { route, pathParameters }: RouteMatch<Route>,
  { apiId, caller }: { apiId: string; caller: Caller | undefined },
) {
  const [rawPath = '/', rawQueryString = ''] = splitAt(request.url ?? '/', '?');
  const { cookie, ...rest } = request.headersDistinct;
  const headers = Object.fromEntries(Object.entries(rest).map(([name, values]) => [name, values!.join(',')]));
  const query = new URLSearchParams(rawQueryString);
  const queryStringParameters = Object.fromEntries(
    [...query.keys()].map((key) => [key, query.getAll(key).join(',')]),
  );
  const isText = TEXT.test(headers['content-type'] ?? '');
  const now = new Date();
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath,
    rawQueryString,
    ...(cookie === undefined ? {} : { cookies: cookie.flatMap((line) => line.split(/; ?/)) }),
    headers,
    ...(rawQueryString === '' ? {} : { queryStringParameters }),
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    requestContext: {
      accountId: LOCAL_ACCOUNT,
      apiId,
      ...(caller === undefined ? {} : { authorizer: caller }),
      domainName: headers.host ?? 'localhost',
      domainPrefix: 'local',
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: route.key,
      stage: '$default',
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** A function's result as an HTTP answer; a result without statusCode is the body itself, as JSON. */
export function toAnswer(payload: string): HttpAnswer {
  const result: unknown = JSON.parse(payload === '' ? 'null' : payload);
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    const body = typeof result === 'string' ? result : JSON.stringify(result);
    return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = result as {
    statusCode: number;
    headers?: Record<string, string | number | boolean>;
    cookies?: string[];
    body?: string;
    isBase64Encoded?: boolean;
  };
  const flat = Object.entries(headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), String(value)] as const,
  );
  return {
    status: statusCode,
    headers: { ...Object.fromEntries(flat), ...(cookies === undefined ? {} : { 'set-cookie': cookies }) },
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}
