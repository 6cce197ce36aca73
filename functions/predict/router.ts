/** Maps requests to answers: payload format 2.0 of API Gateway's HTTP APIs in and out. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { ROUTES } from '../shared/contract.ts';
import { StorageUnavailableError } from '../shared/errors.ts';
import { logger } from '../shared/logging.ts';
import type { ObjectStore } from '../shared/object-store.ts';
import { shorten } from '../shared/parse-payload.ts';
import { HttpError } from './http-error.ts';
import type { ModelCache } from './model-cache.ts';
import { renderPage } from './page/page.ts';
import { predict } from './predict.ts';
import { getRun, listRuns } from './runs.ts';

export interface Services {
  store: ObjectStore;
  models: ModelCache;
  /** Model that answers when the request names none. */
  defaultModel: string;
}

type Result = APIGatewayProxyStructuredResultV2;

/** Answers every request: one that is wrong with a 4xx that says why, never with a stack trace. */
export async function answer(event: APIGatewayProxyEventV2, services: Services): Promise<Result> {
  try {
    return await route(event, services);
  } catch (error) {
    if (error instanceof HttpError) {
      return json(error.status, { error: error.message, field: error.field }, error.headers);
    }
    const requestId = event.requestContext.requestId;
    logger.error('request failed', { requestId, path: event.rawPath, error: error as Error });
    if (error instanceof StorageUnavailableError) {
      return json(503, { error: 'storage is unavailable, try again' }, { 'retry-after': '1' });
    }
    return json(500, { error: `internal error, request ${requestId}` });
  }
}

async function route(event: APIGatewayProxyEventV2, services: Services): Promise<Result> {
  const { method } = event.requestContext.http;
  const path = event.rawPath;
  // Not decoded: no character of a run's id needs an escape.
  const runId = /^\/runs\/([^/]+)$/.exec(path)?.[1];
  switch (`${method} ${runId === undefined ? path : '/runs/{id}'}`) {
    case 'POST /predict':
      return json(200, await predict(event, services));
    case 'GET /runs':
      return json(200, await listRuns(services.store));
    case 'GET /runs/{id}':
      return json(200, await getRun(services.store, runId!));
    case 'GET /v2/health/live':
      return json(200, { live: true });
    case 'GET /v2/health/ready': {
      const model = await services.models.find(services.defaultModel);
      return json(model === undefined ? 503 : 200, { ready: model !== undefined });
    }
    case 'GET /':
      return renderPage();
    default:
      return refuseRoute(path, method);
  }
}

/** Nothing here answers the request: a path that isn't there, or one that is, with another method. */
function refuseRoute(path: string, method: string): never {
  const pattern = (template: string) => new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`);
  const allowed = ROUTES.filter((candidate) => pattern(candidate.path).test(path)).map((r) => r.method);
  if (allowed.length === 0) {
    const known = ROUTES.map((candidate) => candidate.path).join(', ');
    throw new HttpError(404, `path: got ${shorten(path)}, expected one of ${known}`, 'path');
  }
  const allow = allowed.join(', ');
  throw new HttpError(405, `method: got ${method}, expected ${allow}`, 'method', { allow });
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Result {
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body: JSON.stringify(body),
  };
}
