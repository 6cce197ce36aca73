/** Maps requests to answers: payload format 2.0 of API Gateway's HTTP APIs in and out. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 as Result } from 'aws-lambda';
import { LENGTH_HEADER, VERSION_HEADER } from '../contract/headers.ts';
import { type Manage, type ReadingKey, ROUTES } from '../contract/routes.ts';
import { binary, failure, json } from '../http/answers.ts';
import { HttpError } from '../http/http-error.ts';
import { shorten } from '../schemas/parse.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { asHttpError } from './as-http-error.ts';
import type { ApiAuth } from './auth.ts';
import { compress } from './compress.ts';
import { getModel, getWeights, listModels } from './models.ts';
import type { ModelPath } from './oip.ts';
import { renderPage } from './page/page.ts';
import { type PredictionServices, predict } from './predict.ts';
import { getReport } from './report.ts';
import { checkQuery, QUERIES, readQuery } from './request-schemas.ts';
import { getRun, listRuns } from './runs.ts';

export interface Services extends PredictionServices {
  store: ObjectStore;
  auth: ApiAuth;
  manage: Manage;
}

interface Request extends Services {
  event: APIGatewayProxyEventV2;
  /** Variables of the path, as API Gateway decodes them. */
  path: Record<string, string | undefined>;
}

const inPath = ({ path }: Request) => path as unknown as ModelPath;
const versionOf = ({ event }: Request) => readQuery(event, QUERIES['GET /models/{model}/weights']).version;

/**
 * What few requests need is loaded by the first of them, not by each cold start: made into schemas, these parts took a
 * fifth of it.
 */
const OPEN_INFERENCE = () => import('./oip.ts');

const infer = async (request: Request) => {
  const { inferAt } = await OPEN_INFERENCE();
  const { answer, data } = await inferAt(request.event, request, inPath(request));
  if (data === undefined) return json(200, answer);
  const head = Buffer.from(JSON.stringify(answer));
  return binary(Buffer.concat([head, data]), { [LENGTH_HEADER]: String(head.length) });
};
const metadata = async (request: Request) =>
  json(200, await (await OPEN_INFERENCE()).describeModel(request, inPath(request)));
const modelReady = async (request: Request) =>
  json(200, await (await OPEN_INFERENCE()).isModelReady(request, inPath(request)));

type RouteHandler = (request: Request) => Result | Promise<Result>;
const HANDLERS: Readonly<Record<ReadingKey, RouteHandler>> = {
  'GET /': ({ event, auth }) => renderPage(event, auth),
  'GET /openapi.json': async ({ auth, manage }) =>
    json(200, (await import('./openapi.ts')).openApi(auth, manage)),
  'POST /predict': async (request) => json(200, await predict(request.event, request)),
  'GET /models': async ({ store }) => json(200, await listModels(store)),
  'GET /models/{model}': async ({ event, store, path }) =>
    json(200, await getModel(store, path.model!, readQuery(event, QUERIES['GET /models/{model}']).before)),
  'GET /models/{model}/report': async (request) => {
    const query = readQuery(request.event, QUERIES['GET /models/{model}/report']);
    return json(200, await getReport(request, request.path.model!, query));
  },
  'GET /models/{model}/weights': async (request) => {
    const { bytes, version, sha256 } = await getWeights(request, request.path.model!, versionOf(request));
    return binary(bytes, { etag: `"${sha256}"`, [VERSION_HEADER]: String(version) });
  },
  'GET /runs': async ({ event, store }) =>
    json(200, await listRuns(store, readQuery(event, QUERIES['GET /runs']))),
  'GET /runs/{id}': async ({ event, store, path }) =>
    json(200, await getRun(store, path.id!, readQuery(event, QUERIES['GET /runs/{id}']).since)),
  'GET /v2': async () => json(200, (await OPEN_INFERENCE()).describeServer()),
  'GET /v2/health/live': () => json(200, { live: true }),
  'GET /v2/health/ready': async (request) => {
    const state = await (await OPEN_INFERENCE()).isServerReady(request);
    return json(state.ready ? 200 : 503, state);
  },
  'GET /v2/models/{model}': metadata,
  'GET /v2/models/{model}/ready': modelReady,
  'POST /v2/models/{model}/infer': infer,
  'GET /v2/models/{model}/versions/{version}': metadata,
  'GET /v2/models/{model}/versions/{version}/ready': modelReady,
  'POST /v2/models/{model}/versions/{version}/infer': infer,
};

/** Answers every request: one that is wrong with a 4xx that says why, never with a stack trace. */
export async function answer(event: APIGatewayProxyEventV2, services: Services): Promise<Result> {
  try {
    const handler = handlerOf(event, services.manage);
    checkQuery(event);
    return compress(event, await handler({ ...services, event, path: event.pathParameters ?? {} }));
  } catch (error) {
    const refusal = asHttpError(error);
    return refusal === undefined ? failure(event, error) : errorAnswer(refusal, event.rawPath);
  }
}

/** Of the route that API Gateway has found. @throws HttpError 404 or 405 when it has found none, `$default` */
function handlerOf(
  { routeKey, rawPath, requestContext }: APIGatewayProxyEventV2,
  manage: Manage,
): RouteHandler {
  if (Object.hasOwn(HANDLERS, routeKey)) return HANDLERS[routeKey as ReadingKey];
  const { method } = requestContext.http;
  // The protocol's own OpenAPI document has a slash at the end of the server's metadata.
  const asked = rawPath === '/v2/' ? '/v2' : rawPath;
  if (asked === '/v2' && method === 'GET') return HANDLERS['GET /v2'];
  const routes = ROUTES.filter(({ manages }) => !manages || manage !== 'off');
  const known = routes.filter(({ path }) => patternOf(path).test(asked));
  if (known.length === 0) {
    const paths = [...new Set(routes.map(({ path }) => path))].join(', ');
    throw new HttpError(404, 'path', `got ${shorten(asked)}, expected one of ${paths}`);
  }
  const allow = known.map((route) => route.method).join(', ');
  throw new HttpError(405, 'method', `got ${method.slice(0, 40)}, expected ${allow}`, { allow });
}

/** Of all paths of a route such as `/runs/{id}`. */
const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`);

/** Below /v2 as the Open Inference Protocol has it: the message alone, 400 for whatever is wrong with the content. */
function errorAnswer({ status, message, field, headers }: HttpError, path: string): Result {
  if (!/^\/v2(\/|$)/.test(path)) return json(status, { error: message, field }, headers);
  return json(status === 422 ? 400 : status, { error: message }, headers);
}
