/** GET /openapi.json: OpenAPI 3.1, made from the schemas that validate requests and that the tests hold answers to. */
import * as z from 'zod';
import { DIGIT_SIDE } from '../../core/ingest/normalize-digit.ts';
import { LENGTH_HEADER } from '../contract/headers.ts';
import { PUBLIC_WITH_TOKENS, ROUTES, type RouteKey } from '../contract/routes.ts';
import * as answers from './answer-schemas.ts';
import type { ApiAuth } from './auth.ts';
import { SERVER_VERSION } from './oip.ts';
import * as oip from './oip-schemas.ts';
import { IMAGE_TYPES } from './request-body.ts';
import { predictRequest, QUERIES } from './request-schemas.ts';
import { rowsRequest } from './rows.ts';

const REQUESTS = {
  PredictRequest: z.union([...predictRequest(DIGIT_SIDE * DIGIT_SIDE).options, rowsRequest]),
  InferenceRequest: oip.inferenceRequest,
};
const ANSWERS = {
  Error: answers.errorAnswer,
  Prediction: answers.prediction,
  PredictAnswer: answers.predictAnswer,
  Models: answers.modelsAnswer,
  Model: answers.modelAnswer,
  Report: answers.reportAnswer,
  Runs: answers.runsAnswer,
  Run: answers.runAnswer,
  ServerMetadata: oip.serverMetadata,
  ServerLive: oip.serverLive,
  ServerReady: oip.serverReady,
  ModelMetadata: oip.modelMetadata,
  ModelReady: oip.modelReady,
  InferenceResponse: oip.inferenceResponse,
  InferenceError: oip.oipError,
};
type AnswerName = keyof typeof ANSWERS;

interface Operation {
  /** Schema of a JSON body. */
  request?: keyof typeof REQUESTS;
  /** The body may be an image file, too. */
  takesImages?: boolean;
  /** Request and answer may have tensors as bytes behind their JSON. */
  hasBinaryTensors?: boolean;
  /** Schema of the answer, or its type when it is no JSON. */
  answer: AnswerName | 'text/html' | 'application/octet-stream';
  /** Besides 500. */
  errors: readonly number[];
}

const INFER = { request: 'InferenceRequest', answer: 'InferenceResponse', hasBinaryTensors: true } as const;
const INFER_ERRORS = [400, 404, 413, 415, 503];

export const OPERATIONS: Readonly<Record<RouteKey, Operation>> = {
  'GET /': { answer: 'text/html', errors: [] },
  'GET /openapi.json': { answer: 'Error', errors: [] },
  'POST /predict': {
    request: 'PredictRequest',
    takesImages: true,
    answer: 'PredictAnswer',
    errors: [400, 404, 413, 415, 422, 503],
  },
  'GET /models': { answer: 'Models', errors: [503] },
  'GET /models/{model}': { answer: 'Model', errors: [404, 503] },
  'GET /models/{model}/report': { answer: 'Report', errors: [404, 422, 503] },
  'GET /models/{model}/weights': {
    answer: 'application/octet-stream',
    errors: [404, 422, 503],
  },
  'GET /runs': { answer: 'Runs', errors: [422, 503] },
  'GET /runs/{id}': { answer: 'Run', errors: [404, 503] },
  'GET /v2': { answer: 'ServerMetadata', errors: [] },
  'GET /v2/health/live': { answer: 'ServerLive', errors: [] },
  'GET /v2/health/ready': { answer: 'ServerReady', errors: [] },
  'GET /v2/models/{model}': { answer: 'ModelMetadata', errors: [404, 503] },
  'GET /v2/models/{model}/ready': { answer: 'ModelReady', errors: [404, 503] },
  'POST /v2/models/{model}/infer': { ...INFER, errors: INFER_ERRORS },
  'GET /v2/models/{model}/versions/{version}': { answer: 'ModelMetadata', errors: [404, 503] },
  'GET /v2/models/{model}/versions/{version}/ready': { answer: 'ModelReady', errors: [404, 503] },
  'POST /v2/models/{model}/versions/{version}/infer': { ...INFER, errors: INFER_ERRORS },
};

const documents = new WeakMap<ApiAuth, object>();

/** The same document each time. */
export function openApi(auth: ApiAuth): object {
  const document = documents.get(auth) ?? describeApi(auth);
  documents.set(auth, document);
  return document;
}

function describeApi(auth: ApiAuth): object {
  const scheme = schemeOf(auth);
  return {
    openapi: '3.1.0',
    info: {
      title: 'stepnet',
      version: SERVER_VERSION,
      description:
        'Predictions of trained networks. Below /v2: the Open Inference Protocol v2. PredictRequest shows the length ' +
        'of MNIST images; a model of other pictures takes as many numbers as it has, a model of a table takes rows.',
    },
    paths: describePaths(auth),
    components: {
      schemas: { ...components(REQUESTS, 'input'), ...components(ANSWERS, 'output') },
      ...(scheme === undefined ? {} : { securitySchemes: { [auth.kind]: scheme } }),
    },
    ...(scheme === undefined ? {} : { security: [{ [auth.kind]: [] }] }),
  };
}

/** What a caller has to bring. A signature stands as API Gateway's own exports describe it. */
function schemeOf(auth: ApiAuth): object | undefined {
  switch (auth.kind) {
    case 'none':
      return undefined;
    case 'iam':
      return {
        type: 'apiKey',
        name: 'Authorization',
        in: 'header',
        description: 'AWS Signature Version 4 for the service execute-api',
        'x-amazon-apigateway-authtype': 'awsSigv4',
      };
    case 'jwt':
      return {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: `A token of ${auth.issuer} for ${auth.audience.join(' or ')}`,
      };
  }
}

function describePaths(auth: ApiAuth): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { key, method, path, summary } of ROUTES) {
    const isPublic = auth.kind === 'jwt' && PUBLIC_WITH_TOKENS.includes(key);
    const operation = { summary, ...describe(key, path), ...(isPublic ? { security: [] } : {}) };
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation };
  }
  return paths;
}

function describe(key: RouteKey, path: string): object {
  const { request, takesImages, hasBinaryTensors, answer, errors } = OPERATIONS[key];
  const query: z.ZodObject | undefined = (QUERIES as Partial<Record<RouteKey, z.ZodObject>>)[key];
  const error = path.startsWith('/v2') ? 'InferenceError' : 'Error';
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...(query === undefined ? [] : describeQuery(query)),
    ...(hasBinaryTensors ? [{ name: LENGTH_HEADER, in: 'header', required: false, ...JSON_LENGTH }] : []),
  ];
  const images = takesImages ? IMAGE_TYPES : [];
  return {
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(request === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              ...jsonOf(reference(request)),
              ...Object.fromEntries(images.map((type) => [type, {}])),
              ...(hasBinaryTensors ? binaryTensors(reference(request)) : {}),
            },
          },
        }),
    responses: {
      200: {
        description: 'OK',
        ...(hasBinaryTensors ? { headers: { [LENGTH_HEADER]: JSON_LENGTH } } : {}),
        content: {
          ...answerContent(path, answer),
          ...(hasBinaryTensors ? binaryTensors(reference(answer)) : {}),
        },
      },
      ...(key === 'GET /' ? { 304: { description: 'if-none-match names this very page' } } : {}),
      ...Object.fromEntries(
        [...new Set([...(key === 'GET /' ? [] : [400]), ...errors, 500])].map((status) => [
          status,
          { description: STATUS[status], content: jsonOf(reference(error)) },
        ]),
      ),
    },
  };
}

const STATUS: Readonly<Record<number, string>> = {
  400: 'Not readable',
  404: 'Not there',
  413: 'Too large',
  415: 'Of another type, or compressed',
  422: 'A field is not as it should be',
  500: 'Internal error',
  503: 'Not now, try again',
};

function answerContent(path: string, answer: Operation['answer']): object {
  if (path === '/openapi.json') return jsonOf({ type: 'object' });
  return answer in ANSWERS ? jsonOf(reference(answer)) : { [answer]: {} };
}

function describeQuery(query: z.ZodObject): object[] {
  return Object.entries(query.shape).map(([name, schema]) => {
    const { $schema: _, description, ...rest } = z.toJSONSchema(schema as z.ZodType, { io: 'input' });
    return { name, in: 'query', required: false, description, schema: rest };
  });
}

const JSON_LENGTH = {
  description: 'bytes of the JSON that the body begins with; the tensors that are not in it follow',
  schema: { type: 'integer', minimum: 1 },
};
/** OpenAPI has no words for JSON with bytes behind it. */
const binaryTensors = ({ $ref }: { $ref: string }) => ({
  'application/octet-stream': {
    schema: {
      contentMediaType: 'application/octet-stream',
      description: `${$ref} as JSON, and behind it the tensors that have binary_data_size in place of data`,
    },
  },
});

const jsonOf = (schema: object) => ({ 'application/json': { schema } });
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

function components(schemas: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): object {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, { io, uri: (id) => `#/components/schemas/${id}` }).schemas;
  return Object.fromEntries(
    Object.entries(made).map(([id, schema]) => {
      const { $schema: _dialect, $id: _address, ...rest } = schema as Record<string, unknown>;
      return [id, rest];
    }),
  );
}
