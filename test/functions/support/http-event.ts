/** Events as API Gateway's HTTP API sends them (payload format 2.0). */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ROUTES } from '../../../functions/contract/routes.ts';
import { matchRoute } from '../../../scripts/cloud/http/routes.ts';

const routesOf = (manages: boolean) =>
  [...ROUTES.filter((route) => route.manages === manages).map(({ key }) => key), '$default'].map((key) => ({
    key,
    functionArn: manages ? 'manage' : 'predict',
  }));
const READING = routesOf(false);
const MANAGING = routesOf(true);

export interface HttpRequest {
  body?: string;
  isBase64Encoded?: boolean;
  headers?: Record<string, string>;
  query?: Record<string, string>;
}

/** Of a request to manage. */
export const manageEvent = (path: string, request: HttpRequest = {}): APIGatewayProxyEventV2 =>
  httpEvent('POST', path, request, MANAGING);

/** @param routes those of the function that is asked */
export function httpEvent(
  method: string,
  path: string,
  request: HttpRequest = {},
  routes = READING,
): APIGatewayProxyEventV2 {
  const { body, isBase64Encoded = false, headers = {}, query } = request;
  const { route, pathParameters } = matchRoute(routes, method, path)!;
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers,
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    ...(query === undefined ? {} : { queryStringParameters: query }),
    ...(body === undefined ? {} : { body }),
    isBase64Encoded,
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'localhost',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey: route.key,
      stage: '$default',
      time: '24/Nov/2026:08:00:00 +0000',
      timeEpoch: 1_795_507_200_000,
    },
  };
}
