import { describe, expect, it } from 'vitest';
import { matchRoute } from '../../../../scripts/cloud/http/routes.ts';

const routes = [
  '$default',
  'ANY /{proxy+}',
  'GET /runs/{id}',
  'ANY /runs/{id}',
  'GET /runs/newest',
  'POST /predict',
  'GET /v2/models/{model}/versions/{version}',
  'GET /files/{path+}',
  'GET /',
].map((key) => ({ key, functionArn: key }));

describe('matchRoute', () => {
  it.each<[string, string, string, Record<string, string>]>([
    ['POST', '/predict', 'POST /predict', {}],
    ['GET', '/', 'GET /', {}],
    ['GET', '/runs/newest', 'GET /runs/newest', {}],
    ['GET', '/runs/r-1', 'GET /runs/{id}', { id: 'r-1' }],
    ['PUT', '/runs/r-1', 'ANY /runs/{id}', { id: 'r-1' }],
    [
      'GET',
      '/v2/models/mnist/versions/3',
      'GET /v2/models/{model}/versions/{version}',
      { model: 'mnist', version: '3' },
    ],
    ['GET', '/files/a/b.txt', 'GET /files/{path+}', { path: 'a/b.txt' }],
    ['DELETE', '/elsewhere/x', 'ANY /{proxy+}', { proxy: 'elsewhere/x' }],
    ['DELETE', '/', '$default', {}],
    ['GET', '/runs/a%20b', 'GET /runs/{id}', { id: 'a b' }],
    ['GET', '/runs/100%', 'GET /runs/{id}', { id: '100%' }],
  ])('%s %s goes to %s', (method, path, key, pathParameters) => {
    expect(matchRoute(routes, method, path)).toEqual({ route: { key, functionArn: key }, pathParameters });
  });

  it.each([
    ['GET', '/predict'],
    ['POST', '/predict/'],
    ['POST', '/predictX'],
    ['POST', '/x/predict'],
  ])('%s %s has no route among exact ones', (method, path) => {
    expect(matchRoute([{ key: 'POST /predict', functionArn: 'f' }], method, path)).toBeUndefined();
  });

  it("takes a route's dots and plus signs for themselves", () => {
    const dotted = [{ key: 'GET /a.b', functionArn: 'f' }];
    expect(matchRoute(dotted, 'GET', '/a.b')).toBeDefined();
    expect(matchRoute(dotted, 'GET', '/axb')).toBeUndefined();
  });
});
