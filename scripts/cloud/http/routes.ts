/** Finds the route of a request among the API's route keys, as API Gateway's HTTP APIs do. */
import { decodePercent } from '../percent.ts';

interface Keyed {
  /** `POST /predict`, or `$default`. */
  key: string;
}

export interface RouteMatch<Route extends Keyed> {
  route: Route;
  pathParameters: Record<string, string>;
}

/** The most specific route wins: literal path segments before variables, a method before ANY, $default last. */
export function matchRoute<Route extends Keyed>(
  routes: readonly Route[],
  method: string,
  path: string,
): RouteMatch<Route> | undefined {
  const candidates = routes
    .map((route) => match(route, method, path))
    .filter((found) => found !== undefined)
    .sort((a, b) => rank(a.route.key) - rank(b.route.key));
  return candidates[0];
}

function match<Route extends Keyed>(
  route: Route,
  method: string,
  path: string,
): RouteMatch<Route> | undefined {
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
  const parameters = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodePercent(value)]);
  return { route, pathParameters: Object.fromEntries(parameters) as Record<string, string> };
}

function rank(key: string): number {
  if (key === '$default') return Number.MAX_SAFE_INTEGER;
  const variables = key.split('{').length - 1;
  const greedy = key.includes('+}') ? 100 : 0;
  return variables * 2 + greedy + (key.startsWith('ANY ') ? 1 : 0);
}
