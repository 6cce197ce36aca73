/** Routes of the HTTP API. */

/** Routes of the HTTP API, all answered by the predict function, as is whatever is none of them. */
export const ROUTES = [
  { method: 'POST', path: '/predict' },
  { method: 'GET', path: '/runs' },
  { method: 'GET', path: '/runs/{id}' },
  { method: 'GET', path: '/models' },
  { method: 'GET', path: '/models/{model}' },
  { method: 'GET', path: '/models/{model}/report' },
  { method: 'GET', path: '/models/{model}/weights' },
  { method: 'GET', path: '/v2' },
  { method: 'GET', path: '/v2/health/live' },
  { method: 'GET', path: '/v2/health/ready' },
  { method: 'GET', path: '/v2/models/{model}' },
  { method: 'GET', path: '/v2/models/{model}/ready' },
  { method: 'POST', path: '/v2/models/{model}/infer' },
  { method: 'GET', path: '/v2/models/{model}/versions/{version}' },
  { method: 'GET', path: '/v2/models/{model}/versions/{version}/ready' },
  { method: 'POST', path: '/v2/models/{model}/versions/{version}/infer' },
  { method: 'GET', path: '/openapi.json' },
  { method: 'GET', path: '/' },
] as const;
type Route = (typeof ROUTES)[number];
/** `GET /runs/{id}`, for each route. */
export type RouteKey = Route extends infer R
  ? R extends Route
    ? `${R['method']} ${R['path']}`
    : never
  : never;
