/**
 * Routes of the HTTP API, with what docs and OpenAPI say of each. Those that change something are answered by the manage
 * function; all others by predict, as is whatever is none of them.
 */
import summaries from './routes.json' with { type: 'json' };

/** `GET /runs/{id}`, for each route. */
export type RouteKey = keyof typeof summaries;

/** Routes that change something. A deployment has them unless its operator leaves them out. */
export const MANAGING = [
  'POST /runs',
  'POST /runs/{id}/stop',
  'POST /models/{model}/promote',
  'POST /models/{model}/rollback',
  'POST /models/{model}/end-trial',
] as const satisfies readonly RouteKey[];
export type ManagingKey = (typeof MANAGING)[number];
/** Routes that only read, which predict answers. */
export type ReadingKey = Exclude<RouteKey, ManagingKey>;

const isManaging = (key: RouteKey): key is ManagingKey => MANAGING.some((one) => one === key);

export const ROUTES = (Object.keys(summaries) as RouteKey[]).map((key) => {
  const [method, path] = key.split(' ') as ['GET' | 'POST', string];
  return { key, method, path, summary: summaries[key], manages: isManaging(key) };
});

/** Who may call the routes that change something: who signs, who may call the others, or nobody as there are none. */
export const MANAGE = ['iam', 'auth', 'off'] as const;
export type Manage = (typeof MANAGE)[number];

/**
 * Routes that hold no data, and that everybody may call where the others want tokens: the page, which asks for one, and
 * what says which.
 */
export const PUBLIC_WITH_TOKENS: readonly RouteKey[] = ['GET /', 'GET /openapi.json'];
