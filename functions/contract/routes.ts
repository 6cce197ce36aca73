/**
 * Routes of the HTTP API, all answered by the predict function, as is whatever is none of them, with what docs and OpenAPI
 * say of each.
 */
import summaries from './routes.json' with { type: 'json' };

/** `GET /runs/{id}`, for each route. */
export type RouteKey = keyof typeof summaries;

export const ROUTES = (Object.keys(summaries) as RouteKey[]).map((key) => {
  const [method, path] = key.split(' ') as ['GET' | 'POST', string];
  return { key, method, path, summary: summaries[key] };
});

/**
 * Routes that hold no data, and that everybody may call where the others want tokens: the page, which asks for one, and
 * what says which.
 */
export const PUBLIC_WITH_TOKENS: readonly RouteKey[] = ['GET /', 'GET /openapi.json'];
