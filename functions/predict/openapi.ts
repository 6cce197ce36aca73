/** GET /openapi.json: OpenAPI 3.1, made from the schemas that validate requests and that the tests hold answers to. */
import * as z from 'zod';
import { DATASETS } from '../../core/ingest/catalogue/datasets.ts';
import { DIGIT_SIDE } from '../../core/ingest/normalize-digit.ts';
import { IDEMPOTENCY_HEADER, LENGTH_HEADER } from '../contract/headers.ts';
import { MANAGE, type Manage, PUBLIC_WITH_TOKENS, ROUTES, type RouteKey } from '../contract/routes.ts';
import { IMAGE_TYPES } from '../http/request-body.ts';
import { jobInputSchema } from '../schemas/config.ts';
import meanings from '../schemas/config-meanings.json' with { type: 'json' };
import { EXAMPLE_RUNS } from '../schemas/example-runs.ts';
import { DEFAULT_HIDDEN } from '../schemas/layers.ts';
import * as managing from '../schemas/manage.ts';
import * as answers from './answer-schemas.ts';
import type { ApiAuth } from './auth.ts';
import { SERVER_VERSION } from './oip.ts';
import * as oip from './oip-schemas.ts';
import { predictRequest, QUERIES } from './request-schemas.ts';
import { rowsRequest } from './rows.ts';

const REQUESTS = {
  PredictRequest: z.union([...predictRequest(DIGIT_SIDE * DIGIT_SIDE).options, rowsRequest]),
  InferenceRequest: oip.inferenceRequest,
};
/** Of the routes that change something; Config is what a form for a run is made from. */
const MANAGE_REQUESTS = {
  Config: jobInputSchema,
  StartRunRequest: managing.startRunRequest,
  PromoteRequest: managing.promoteRequest,
  RollbackRequest: managing.rollbackRequest,
  EmptyRequest: managing.emptyRequest,
};
const MANAGE_ANSWERS = {
  StartRunAnswer: managing.startRunAnswer,
  StopRunAnswer: managing.stopRunAnswer,
  PromoteAnswer: managing.promoteAnswer,
  RollbackAnswer: managing.rollbackAnswer,
  EndTrialAnswer: managing.endTrialAnswer,
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
type AnswerName = keyof typeof ANSWERS | keyof typeof MANAGE_ANSWERS;

interface Operation {
  /** Schema of a JSON body. */
  request?: keyof typeof REQUESTS | keyof typeof MANAGE_REQUESTS;
  /** Bodies to begin with. */
  examples?: typeof EXAMPLE_RUNS;
  /** The body may be left out. */
  isOptional?: boolean;
  /** What it makes is made once for each key, and answered with 201 the first time. */
  creates?: boolean;
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
const MANAGE_ERRORS = [400, 404, 409, 413, 415, 422, 503];

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
  'POST /runs': {
    request: 'StartRunRequest',
    examples: EXAMPLE_RUNS,
    creates: true,
    answer: 'StartRunAnswer',
    errors: [400, 409, 413, 415, 422, 503],
  },
  'POST /runs/{id}/stop': {
    request: 'EmptyRequest',
    isOptional: true,
    answer: 'StopRunAnswer',
    errors: MANAGE_ERRORS,
  },
  'POST /models/{model}/promote': {
    request: 'PromoteRequest',
    answer: 'PromoteAnswer',
    errors: MANAGE_ERRORS,
  },
  'POST /models/{model}/rollback': {
    request: 'RollbackRequest',
    isOptional: true,
    answer: 'RollbackAnswer',
    errors: MANAGE_ERRORS,
  },
  'POST /models/{model}/end-trial': {
    request: 'EmptyRequest',
    isOptional: true,
    answer: 'EndTrialAnswer',
    errors: MANAGE_ERRORS,
  },
};

const documents = new Map<Manage, WeakMap<ApiAuth, object>>(MANAGE.map((manage) => [manage, new WeakMap()]));

/**
 * The same document each time.
 *
 * @param manage who may call the routes that change something, which a deployment without them does not tell of
 */
export function openApi(auth: ApiAuth, manage: Manage): object {
  const known = documents.get(manage)!;
  const document = known.get(auth) ?? describeApi(auth, manage);
  known.set(auth, document);
  return document;
}

function describeApi(auth: ApiAuth, manage: Manage): object {
  const scheme = schemeOf(auth);
  const isManaged = manage !== 'off';
  const schemes = {
    ...(scheme === undefined ? {} : { [auth.kind]: scheme }),
    ...(manage === 'iam' ? { iam: SIGNATURE } : {}),
  };
  return {
    openapi: '3.1.0',
    info: {
      title: 'stepnet',
      version: SERVER_VERSION,
      description:
        'Predictions of trained networks. Below /v2: the Open Inference Protocol v2. PredictRequest shows the length ' +
        'of MNIST images; a model of other pictures takes as many numbers as it has, a model of a table takes rows.',
    },
    paths: describePaths(auth, manage),
    components: {
      schemas: {
        ...components(REQUESTS, 'input'),
        ...components(ANSWERS, 'output'),
        ...(isManaged ? managed() : {}),
      },
      ...(Object.keys(schemes).length === 0 ? {} : { securitySchemes: schemes }),
    },
    ...(scheme === undefined ? {} : { security: [{ [auth.kind]: [] }] }),
  };
}

/** As API Gateway's own exports describe it. */
const SIGNATURE = {
  type: 'apiKey',
  name: 'Authorization',
  in: 'header',
  description: 'AWS Signature Version 4 for the service execute-api',
  'x-amazon-apigateway-authtype': 'awsSigv4',
};

/** What a caller has to bring. */
function schemeOf(auth: ApiAuth): object | undefined {
  switch (auth.kind) {
    case 'none':
      return undefined;
    case 'iam':
      return SIGNATURE;
    case 'jwt':
      return {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: `A token of ${auth.issuer} for ${auth.audience.join(' or ')}`,
      };
  }
}

function describePaths(auth: ApiAuth, manage: Manage): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { key, method, path, summary, manages } of ROUTES) {
    if (manages && manage === 'off') continue;
    const isPublic = auth.kind === 'jwt' && PUBLIC_WITH_TOKENS.includes(key);
    const operation = {
      summary,
      ...describe(key, path),
      ...(isPublic ? { security: [] } : {}),
      ...(manages && manage === 'iam' ? { security: [{ iam: [] }] } : {}),
    };
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation };
  }
  return paths;
}

function describe(key: RouteKey, path: string): object {
  const { request, examples, isOptional, creates, takesImages, hasBinaryTensors, answer, errors } =
    OPERATIONS[key];
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
    ...(creates ? [{ name: IDEMPOTENCY_HEADER, in: 'header', required: false, ...KEY_OF_REQUEST }] : []),
  ];
  const images = takesImages ? IMAGE_TYPES : [];
  return {
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(request === undefined
      ? {}
      : {
          requestBody: {
            required: !isOptional,
            content: {
              ...jsonOf(reference(request), examples === undefined ? {} : { examples }),
              ...Object.fromEntries(images.map((type) => [type, {}])),
              ...(hasBinaryTensors ? binaryTensors(reference(request)) : {}),
            },
          },
        }),
    responses: {
      ...(creates
        ? { 201: { description: 'Begun', headers: LOCATION, content: answerContent(path, answer) } }
        : {}),
      200: {
        description: creates ? 'Was begun before' : 'OK',
        ...(creates ? { headers: LOCATION } : {}),
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
  409: 'At odds with what is there',
  413: 'Too large',
  415: 'Of another type, or compressed',
  422: 'A field is not as it should be',
  500: 'Internal error',
  503: 'Not now, try again',
};

function answerContent(path: string, answer: Operation['answer']): object {
  if (path === '/openapi.json') return jsonOf({ type: 'object' });
  return answer in ANSWERS || answer in MANAGE_ANSWERS ? jsonOf(reference(answer)) : { [answer]: {} };
}

function describeQuery(query: z.ZodObject): object[] {
  return Object.entries(query.shape).map(([name, schema]) => {
    const { $schema: _, description, ...rest } = z.toJSONSchema(schema as z.ZodType, { io: 'input' });
    return { name, in: 'query', required: false, description, schema: rest };
  });
}

const LOCATION = { location: { description: 'path of the run', schema: { type: 'string' } } };
const KEY_OF_REQUEST = {
  description: 'any text of your own: the same one again is the same request, also after its answer was lost',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};
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

/** What a form can suggest beyond what the schema allows. */
const SUGGESTED: Readonly<Record<string, object>> = {
  dataset: { examples: [...DATASETS.keys()] },
  hidden: { default: DEFAULT_HIDDEN },
};

/** A config's fields say what they mean. */
function managed(): object {
  const requests = components(MANAGE_REQUESTS, 'input') as Record<'Config', { properties: object }>;
  const fields = Object.entries(requests.Config.properties).map(([field, schema]) => [
    field,
    { ...schema, ...SUGGESTED[field], description: (meanings as Readonly<Record<string, string>>)[field] },
  ]);
  requests.Config.properties = Object.fromEntries(fields);
  return { ...requests, ...components(MANAGE_ANSWERS, 'output') };
}

const jsonOf = (schema: object, more: object = {}) => ({ 'application/json': { schema, ...more } });
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
