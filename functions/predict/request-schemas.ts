/** What requests may hold: the schemas that validate them and that openapi.json is made from. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import type { RouteKey } from '../contract/routes.ts';
import { checkParameters, parseRequest } from '../http/parse-request.ts';
import { type Place, place } from '../run-index/head.ts';
import { modelVersion } from '../schemas/documents.ts';
import { runId } from '../schemas/parts.ts';

/** Images in one request, and in one that asks for explanations, which are long. */
export const MAX_INSTANCES = 1000;
export const MAX_EXPLAINED = 100;

export const PIXEL_RULE = 'a number from 0 to 255';
const pixelError = { error: `expected ${PIXEL_RULE}` };
export const pixel = z.number(pixelError).min(0, pixelError).max(255, pixelError);

export const DIVIDED_RULE = `got fractions of at most 1, expected ${PIXEL_RULE}: multiply by 255 what was divided by it`;
/** Whether an image has fractions and nothing above 1: it would be as good as black. */
export const isDivided = (pixels: readonly number[]): boolean =>
  pixels.some((pixel) => !Number.isInteger(pixel)) && pixels.every((pixel) => pixel <= 1);

/** One image as numbers: light ink on dark ground, row by row. */
export function imageSchema(inputSize: number) {
  return z
    .array(pixel, { error: `expected a list of ${inputSize} numbers` })
    .length(inputSize, { error: ({ input }) => gotInstead(input, `numbers, expected ${inputSize}`) });
}

export function instancesSchema<Image extends z.ZodType>(image: Image, inputSize: number) {
  const length = {
    error: ({ input }: { input: unknown }) => gotInstead(input, `images, expected 1 to ${MAX_INSTANCES}`),
  };
  return z
    .array(image, { error: `expected 1 to ${MAX_INSTANCES} lists of ${inputSize} numbers` })
    .min(1, length)
    .max(MAX_INSTANCES, length);
}

/** A message of its own about a list's length, instead of "got […], expected …". */
const gotInstead = (input: unknown, rest: string) => `got ${(input as unknown[]).length} ${rest}`;

export const predictRequest = (inputSize: number) =>
  z.union([
    z.strictObject({ pixels: imageSchema(inputSize) }),
    z.strictObject({ instances: instancesSchema(imageSchema(inputSize), inputSize) }),
  ]);

export const versionText = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'expected an integer from 1')
  .transform(Number);
const flag = z
  .enum(['true', 'false'], { error: 'expected true or false' })
  .transform((text) => text === 'true');

const versionQuery = z.object({
  version: versionText.optional().describe('default: the newest promoted version'),
});

const reportQuery = versionQuery.extend({
  evaluation: flag
    .default(true)
    .describe('whether the model is evaluated on its test set, which takes seconds the first time'),
});

const predictQuery = versionQuery.extend({
  model: modelVersion.shape.model.optional().describe('default: the model that the deployment names'),
  pixels: flag.optional().describe('answer with the pixels that the network saw'),
  explain: flag.optional().describe('answer with the contribution of each pixel to the class'),
});

const modelQuery = z.object({
  before: versionText.optional().describe('only versions below this one'),
});

/** Runs of one answer at most. */
export const MAX_RUNS = 100;
const LIMIT_RULE = `expected an integer from 1 to ${MAX_RUNS}`;
const CURSOR_RULE = 'expected what an answer before had as its next';

export const formatCursor = ({ startedAt, runId }: Place): string => `${startedAt}_${runId}`;

const cursor = z
  .string()
  .transform((text) => ({
    startedAt: text.slice(0, text.indexOf('_')),
    runId: text.slice(text.indexOf('_') + 1),
  }))
  .refine((value) => place.safeParse(value).success, CURSOR_RULE);

const runsQuery = z.object({
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, LIMIT_RULE)
    .transform(Number)
    .refine((limit) => limit <= MAX_RUNS, LIMIT_RULE)
    .optional()
    .describe(`how many runs at most, up to ${MAX_RUNS}, which is the default`),
  cursor: cursor.optional().describe('only runs that come after those of an answer: its next'),
  prefix: runId.optional().describe('only runs whose ids begin so, as those of a sweep begin with its id'),
});

const SINCE_RULE = 'expected an integer from -1';
const runQuery = z.object({
  since: z
    .string()
    .regex(/^(-1|0|[1-9]\d{0,8})$/, SINCE_RULE)
    .transform(Number)
    .optional()
    .describe('only metrics of later steps, the first ones of very many; -1 from the beginning'),
});

/** By route; the others have none. */
export const QUERIES = {
  'POST /predict': predictQuery,
  'GET /models/{model}': modelQuery,
  'GET /models/{model}/report': reportQuery,
  'GET /models/{model}/weights': versionQuery,
  'GET /runs': runsQuery,
  'GET /runs/{id}': runQuery,
} satisfies Partial<Record<RouteKey, z.ZodObject>>;

/** @throws HttpError 422 naming the first wrong parameter */
export function readQuery<Schema extends z.ZodType>(
  event: APIGatewayProxyEventV2,
  schema: Schema,
): z.output<Schema> {
  return parseRequest(schema, event.queryStringParameters ?? {}, '');
}

/** @throws HttpError 400 for a parameter that the route doesn't have: it might be a slip of one that decides */
export function checkQuery(event: APIGatewayProxyEventV2): void {
  // Links to the page may have anything added to them.
  if (event.routeKey === 'GET /') return;
  const schema = (QUERIES as Partial<Record<string, z.ZodObject>>)[event.routeKey];
  checkParameters(event, Object.keys(schema?.shape ?? {}));
}
