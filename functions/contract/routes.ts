/** Routes of the HTTP API. */

/**
 * Routes of the HTTP API, all answered by the predict function, as is whatever is none of them; `summary` is what docs
 * and OpenAPI say.
 */
export const ROUTES = [
  {
    method: 'POST',
    path: '/predict',
    summary: 'Classes and probabilities of images or rows; values of rows for a regression',
  },
  { method: 'GET', path: '/runs', summary: 'Runs and their status, newest first' },
  { method: 'GET', path: '/runs/{id}', summary: "A run's config, status and metrics" },
  { method: 'GET', path: '/models', summary: 'Models, and which version of each serves' },
  { method: 'GET', path: '/models/{model}', summary: 'Versions with their lineage' },
  {
    method: 'GET',
    path: '/models/{model}/report',
    summary: 'Architecture, lineage, evaluation and first-layer weights of a version',
  },
  { method: 'GET', path: '/models/{model}/weights', summary: "A version's checkpoint as safetensors" },
  {
    method: 'GET',
    path: '/v2',
    summary: 'Server metadata (Open Inference Protocol v2, as all routes below /v2)',
  },
  { method: 'GET', path: '/v2/health/live', summary: 'Server live' },
  { method: 'GET', path: '/v2/health/ready', summary: 'Server ready; 503 when it is not' },
  { method: 'GET', path: '/v2/models/{model}', summary: 'Metadata of the serving version' },
  { method: 'GET', path: '/v2/models/{model}/ready', summary: 'Whether the serving version is ready' },
  { method: 'POST', path: '/v2/models/{model}/infer', summary: 'Inference by the serving version' },
  { method: 'GET', path: '/v2/models/{model}/versions/{version}', summary: 'Metadata of a version' },
  {
    method: 'GET',
    path: '/v2/models/{model}/versions/{version}/ready',
    summary: 'Whether a version is ready',
  },
  { method: 'POST', path: '/v2/models/{model}/versions/{version}/infer', summary: 'Inference by a version' },
  { method: 'GET', path: '/openapi.json', summary: 'The API as OpenAPI 3.1' },
  { method: 'GET', path: '/', summary: 'The page: draw digits, watch runs, look into the model' },
] as const;
type Route = (typeof ROUTES)[number];
/** `GET /runs/{id}`, for each route. */
export type RouteKey = Route extends infer R
  ? R extends Route
    ? `${R['method']} ${R['path']}`
    : never
  : never;
