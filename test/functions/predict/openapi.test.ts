/** openapi.json describes what the API does: its routes, and schemas that hold for real requests and answers. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ACTIVATIONS } from '../../../core/network/architecture.ts';
import { type Manage, ROUTES, type RouteKey } from '../../../functions/contract/routes.ts';
import type { ApiAuth } from '../../../functions/predict/auth.ts';
import { openApi } from '../../../functions/predict/openapi.ts';
import { MAX_INSTANCES, QUERIES } from '../../../functions/predict/request-schemas.ts';
import { validateConfig } from '../../../functions/run/validate-config.ts';
import { jobInputSchema } from '../../../functions/schemas/config.ts';
import { startRunRequest } from '../../../functions/schemas/manage.ts';
import type { HttpRequest } from '../support/http-event.ts';
import { predictApi } from '../support/predict-api.ts';

const api = predictApi();
const json = (body: object): HttpRequest => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const tensor = () => ({ name: 'pixels', shape: [1, 9], datatype: 'UINT8', data: new Array(9).fill(200) });
// biome-ignore lint/suspicious/noExplicitAny: a JSON document that the tests look into
const load = async (): Promise<any> => (await api.json('GET', '/openapi.json')).answer;

it('is OpenAPI 3.1 with every route of the contract and no other', async () => {
  const document = await load();
  expect(document.openapi).toBe('3.1.0');
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations as object).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(ROUTES.map(({ key }) => key).sort());
});

it('names each variable of a path, and refers only to what is there', async () => {
  const document = await load();
  for (const { method, path } of ROUTES) {
    const { parameters = [] } = document.paths[path][method.toLowerCase()];
    const names = parameters
      .filter((parameter: { in: string }) => parameter.in === 'path')
      .map(({ name }: { name: string }) => `{${name}}`);
    expect(names).toEqual(path.match(/\{\w+\}/g) ?? []);
  }
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]!);
  expect(references.length).toBeGreaterThan(20);
  for (const reference of references) {
    const target = reference
      .replace(/^#\//, '')
      .split('/')
      .reduce((part, key) => part?.[key], document);
    expect(target, reference).toBeDefined();
  }
});

it('documents the parameters that a route takes, and every route refuses others, naming the near miss', async () => {
  const document = await load();
  for (const { key, method, path } of ROUTES.filter((route) => route.key !== 'GET /' && !route.manages)) {
    const { parameters = [], responses } = document.paths[path][method.toLowerCase()];
    const known: string[] = parameters
      .filter((parameter: { in: string }) => parameter.in === 'query')
      .map(({ name }: { name: string }) => name);
    const ask = async (name: string) =>
      (await api.json(method, path.replaceAll(/\{\w+\}/g, '1'), { query: { [name]: '9' } })).answer.error ??
      '';
    expect(known, key).toEqual(
      Object.keys((QUERIES as Partial<Record<string, z.ZodObject>>)[key]?.shape ?? {}),
    );
    for (const name of known) {
      expect(await ask(name), `${key} ${name}`).not.toContain('unknown');
      expect(await ask(`${name.slice(0, -1)}`), key).toContain(`unknown, did you mean ${name}?`);
    }
    expect(await ask('colour')).toContain('unknown, ');
    expect(Object.keys(responses)).toContain('400');
  }
  const { status, answer } = await api.json('POST', '/predict', { query: { modle: 'zones' } });
  expect({ status, answer }).toEqual({
    status: 400,
    answer: { error: 'modle: unknown, did you mean model?', field: 'modle' },
  });
  expect((await api.call('GET', '/', { query: { from: 'a link' } })).status).toBe(200);
});

/** A request for each route that is answered with 200. */
const REQUESTS: Partial<Record<RouteKey, HttpRequest>> = {
  'POST /predict': json({ pixels: new Array(9).fill(200) }),
  'POST /v2/models/{model}/infer': json({ inputs: [tensor()] }),
  'POST /v2/models/{model}/versions/{version}/infer': json({ inputs: [tensor()] }),
};

it.each(ROUTES.filter(({ manages }) => !manages))(
  '$key answers in the form that it documents',
  async ({ key, method, path }) => {
    const document = await load();
    const { content } = document.paths[path][method.toLowerCase()].responses[200];
    const asked = path.replace('{model}', 'mnist').replace('{version}', '1').replace('{id}', 'a');
    const { status, headers, text } = await api.call(method, asked, REQUESTS[key]);
    expect(status).toBe(200);
    const type = (headers as Record<string, string>)['content-type']!.split(';')[0]!;
    expect(Object.keys(content)).toContain(type);
    if (type !== 'application/json') return;
    // References are to what stands beside the document's schemas; here they are within one.
    const within = (value: object) =>
      JSON.parse(JSON.stringify(value).replaceAll('#/components/schemas/', '#/$defs/'));
    const $defs = within(document.components.schemas);
    const schema = z.fromJSONSchema({ ...within(content[type].schema), $defs });
    expect(schema.safeParse(JSON.parse(text)).error).toBeUndefined();
    const error = z.fromJSONSchema({
      $ref: path.startsWith('/v2') ? '#/$defs/InferenceError' : '#/$defs/Error',
      $defs,
    });
    const refused = await api.json(method, asked, { query: { colour: 'red' } });
    if (key !== 'GET /') expect(error.safeParse(refused.answer).error).toBeUndefined();
  },
);

it('has the rules that requests are held to', async () => {
  const { PredictRequest, InferenceRequest } = (await load()).components.schemas;
  const [single, several] = PredictRequest.anyOf;
  const image = {
    type: 'array',
    minItems: 784,
    maxItems: 784,
    items: { type: 'number', minimum: 0, maximum: 255 },
  };
  expect(single).toEqual({
    type: 'object',
    properties: { pixels: image },
    required: ['pixels'],
    additionalProperties: false,
  });
  expect(several.properties.instances).toEqual({
    type: 'array',
    minItems: 1,
    maxItems: MAX_INSTANCES,
    items: image,
  });
  expect(InferenceRequest.required).toEqual(['inputs']);
  expect(InferenceRequest.properties.inputs.items.required).toEqual(['name', 'shape', 'datatype', 'data']);
});

it('has the media types of /predict, and the form of errors, of the API and of the Open Inference Protocol', async () => {
  const { paths, components } = await load();
  const { requestBody } = paths['/predict'].post;
  expect(Object.keys(requestBody.content)).toEqual(['application/json', 'image/png', 'image/jpeg']);
  expect(components.schemas).toMatchObject({
    Error: { required: ['error'], additionalProperties: false },
    InferenceError: { properties: { error: { type: 'string' } } },
  });
});

describe('routes that change something', () => {
  const MANAGED = ROUTES.filter(({ manages }) => manages);
  const IAM = { type: 'apiKey', in: 'header', name: 'Authorization' };
  // biome-ignore lint/suspicious/noExplicitAny: a JSON document that the tests look into
  const describedFor = (auth: ApiAuth, manage: Manage): any => openApi(auth, manage);

  it('are there where the deployment has them, which is how the page knows', () => {
    const { paths, components } = describedFor({ kind: 'none' }, 'off');
    for (const { path, method } of MANAGED) expect(paths[path]?.[method.toLowerCase()]).toBeUndefined();
    expect(components.schemas).not.toHaveProperty('Config');
    for (const { path } of MANAGED)
      expect(describedFor({ kind: 'none' }, 'auth').paths[path].post).toBeDefined();
  });

  it('say what they want of a caller where that is something else than of the others', () => {
    const open = describedFor({ kind: 'none' }, 'iam');
    expect(open.security).toBeUndefined();
    expect(open.components.securitySchemes).toMatchObject({ iam: IAM });
    for (const { path } of MANAGED) expect(open.paths[path].post.security).toEqual([{ iam: [] }]);
    expect(open.paths['/runs'].get).not.toHaveProperty('security');
    const asOthers = describedFor({ kind: 'none' }, 'auth');
    expect(asOthers.components).not.toHaveProperty('securitySchemes');
    expect(asOthers.paths['/runs'].post).not.toHaveProperty('security');
  });

  it('have the form of a run: every field of a config with its default, range and meaning', () => {
    const { components, paths } = describedFor({ kind: 'none' }, 'auth');
    const { Config, StartRunRequest } = components.schemas;
    expect(Object.keys(Config.properties)).toEqual(Object.keys(jobInputSchema.shape));
    for (const [field, schema] of Object.entries<{ description: string }>(Config.properties)) {
      expect(schema.description.length, field).toBeGreaterThan(10);
    }
    expect(Config.properties).toMatchObject({
      batchSize: { type: 'integer', minimum: 1, maximum: 65_536, default: 100 },
      activation: { enum: [...ACTIVATIONS], default: 'sigmoid' },
    });
    expect(Config).not.toHaveProperty('required');
    // What a form can suggest.
    expect(Config.properties.dataset.examples).toContain('fashion-mnist');
    expect(Config.properties.hidden.default).toEqual([50]);
    expect(StartRunRequest).toMatchObject({
      required: ['config'],
      properties: { config: { $ref: '#/components/schemas/Config' } },
    });
    const { parameters, requestBody, responses } = paths['/runs'].post;
    const examples = Object.values<{ summary: string; value: { config: object } }>(
      requestBody.content['application/json'].examples,
    );
    for (const { value } of examples) {
      startRunRequest.parse(value);
      validateConfig('run', value.config);
    }
    expect(examples.map(({ summary }) => summary)).toContain('A small convolutional network');
    expect(parameters).toMatchObject([{ name: 'idempotency-key', in: 'header', required: false }]);
    expect(Object.keys(responses)).toEqual(['200', '201', '400', '409', '413', '415', '422', '500', '503']);
    expect(responses[201].headers).toHaveProperty('location');
  });
});
