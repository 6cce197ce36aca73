/** Routes of the HTTP API. */

/**
 * Routes of the HTTP API, all answered by the predict function, as is whatever is none of them, with what docs and OpenAPI
 * say of each.
 */
const SUMMARIES = {
  'POST /predict': 'Classes and probabilities of images or rows; values of rows for a regression',
  'GET /runs': 'Runs and their status, newest first',
  'GET /runs/{id}': "A run's config, status and metrics",
  'GET /models': 'Models, and which version of each serves',
  'GET /models/{model}': 'Versions with their lineage',
  'GET /models/{model}/report': 'Architecture, lineage, evaluation and first-layer weights of a version',
  'GET /models/{model}/weights': "A version's checkpoint as safetensors",
  'GET /v2': 'Server metadata (Open Inference Protocol v2, as all routes below /v2)',
  'GET /v2/health/live': 'Server live',
  'GET /v2/health/ready': 'Server ready; 503 when it is not',
  'GET /v2/models/{model}': 'Metadata of the serving version',
  'GET /v2/models/{model}/ready': 'Whether the serving version is ready',
  'POST /v2/models/{model}/infer': 'Inference by the serving version',
  'GET /v2/models/{model}/versions/{version}': 'Metadata of a version',
  'GET /v2/models/{model}/versions/{version}/ready': 'Whether a version is ready',
  'POST /v2/models/{model}/versions/{version}/infer': 'Inference by a version',
  'GET /openapi.json': 'The API as OpenAPI 3.1',
  'GET /': 'The page: draw digits, watch runs, look into the model',
} as const;

/** `GET /runs/{id}`, for each route. */
export type RouteKey = keyof typeof SUMMARIES;

export const ROUTES = (Object.keys(SUMMARIES) as RouteKey[]).map((key) => {
  const [method, path] = key.split(' ') as ['GET' | 'POST', string];
  return { key, method, path, summary: SUMMARIES[key] };
});
