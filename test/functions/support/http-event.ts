/** Events as API Gateway's HTTP API sends them (payload format 2.0). */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ROUTES } from '../../../functions/contract/routes.ts';
import { matchRoute } from '../../../scripts/cloud/http/routes.ts';

const KEYS = [...ROUTES.filter(({ manages }) => !manages).map(({ key }) => key), '$default'];
const routes = KEYS.map((key) => ({ key, functionArn: 'predict' }));

export interface HttpRequest {
  body?: string;
  isBase64Encoded?: boolean;
  headers?: Record<string, string>;
  query?: Record<string, string>;
}

export function httpEvent(method: string, path: string, request: HttpRequest = {}): APIGatewayProxyEventV2 {
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
