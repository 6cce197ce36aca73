/** Finds the route of a request among the API's route keys, as API Gateway's HTTP APIs do. */
import type { Route } from '../resources.ts';

export interface RouteMatch {
  route: Route;
  pathParameters: Record<string, string>;
}

/** The most specific route wins: literal path segments before variables, a method before ANY, $default last. */
export function matchRoute(routes: readonly Route[], method: string, path: string): RouteMatch | undefined {
  const candidates = routes
    .map((route) => match(route, method, path))
    .filter((found) => found !== undefined)
    .sort((a, b) => rank(a.route.key) - rank(b.route.key));
  return candidates[0];
}

function match(route: Route, method: string, path: string): RouteMatch | undefined {
  if (route.key === '$default') return { route, pathParameters: {} };
  const [routeMethod, template = ''] = route.key.split(' ');
  if (routeMethod !== 'ANY' && routeMethod !== method) return undefined;
  const pattern = template
    .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replace(/\{(\w+)(\\\+)?\}/g, (_, name, greedy) =>
      greedy === undefined ? `(?<${name}>[^/]+)` : `(?<${name}>.+)`,
    );
  const found = new RegExp(`^${pattern}$`).exec(path);
  if (found === null) return undefined;
  const parameters = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decode(value)]);
  return { route, pathParameters: Object.fromEntries(parameters) as Record<string, string> };
}

/** A path parameter's text; one that is not encoded properly stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

function rank(key: string): number {
  if (key === '$default') return Number.MAX_SAFE_INTEGER;
  const variables = key.split('{').length - 1;
  const greedy = key.includes('+}') ? 100 : 0;
  return variables * 2 + greedy + (key.startsWith('ANY ') ? 1 : 0);
}
