/** POST /predict: pixels in, class and probabilities out. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { HttpError } from './http-error.ts';
import type { LoadedModel, ModelCache } from './model-cache.ts';

/** Bytes of a request body; below Lambda's 6 MB for the whole event. About 1,500 images as JSON. */
export const MAX_BODY_BYTES = 5_000_000;
export const MAX_INSTANCES = 1000;
const MAX_PIXEL = 255;

export interface Prediction {
  class: number;
  /** One per class; sums to 1 up to float32 rounding. */
  probabilities: number[];
}
export type PredictAnswer = { model: string; version: number } & (Prediction | { predictions: Prediction[] });

/** @throws HttpError 400, 404, 413, 415, 422 or 503 as fits, naming the field */
export async function predict(
  event: APIGatewayProxyEventV2,
  services: { models: ModelCache; defaultModel: string },
): Promise<PredictAnswer> {
  const body = parseBody(event);
  const { model: name = services.defaultModel, version } = event.queryStringParameters ?? {};
  const model = await chooseModel(services.models, name, version);
  const lineage = { model: model.name, version: model.version };
  if ('pixels' in body) {
    checkPixels(body.pixels, 'pixels', model.inputSize);
    return { ...model.predict([body.pixels])[0]!, ...lineage };
  }
  const { instances } = body;
  if (!Array.isArray(instances) || instances.length === 0 || instances.length > MAX_INSTANCES) {
    const got = Array.isArray(instances) ? `${instances.length} entries` : typeName(instances);
    throw new HttpError(
      422,
      `instances: got ${got}, expected a list of 1 to ${MAX_INSTANCES} images`,
      'instances',
    );
  }
  instances.forEach((pixels, index) => {
    checkPixels(pixels, `instances[${index}]`, model.inputSize);
  });
  return { predictions: model.predict(instances as number[][]), ...lineage };
}

async function chooseModel(models: ModelCache, name: string, version?: string): Promise<LoadedModel> {
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name))
    throw new HttpError(404, `model ${name}: no such name`, 'model');
  if (version !== undefined) {
    const found = /^[1-9]\d{0,5}$/.test(version)
      ? await models.findVersion(name, Number(version))
      : undefined;
    if (found === undefined) throw new HttpError(404, `model ${name} has no version ${version}`, 'version');
    return found;
  }
  const latest = await models.find(name);
  if (latest === undefined) {
    throw new HttpError(503, `no version of model ${name} has been promoted yet`, 'model', {
      'retry-after': '5',
    });
  }
  return latest;
}

function parseBody(event: APIGatewayProxyEventV2): { pixels: unknown } | { instances: unknown } {
  const type = event.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== undefined && type !== 'application/json') {
    throw new HttpError(415, `content-type: got ${type}, expected application/json`, 'content-type');
  }
  const raw = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (raw.length > MAX_BODY_BYTES) {
    throw new HttpError(413, `body: ${raw.length} bytes, at most ${MAX_BODY_BYTES} are allowed`, 'body');
  }
  if (raw.length === 0) throw new HttpError(400, 'body: empty, expected {"pixels": […]}', 'body');
  let value: unknown;
  try {
    value = JSON.parse(raw.toString('utf8'));
  } catch (error) {
    // The parser quotes the text around the mistake, e.g. a NaN, which JSON doesn't have.
    throw new HttpError(400, `body: no JSON: ${(error as Error).message}`, 'body');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError(422, `body: got ${typeName(value)}, expected an object`, 'body');
  }
  const unknown = Object.keys(value).find((key) => key !== 'pixels' && key !== 'instances');
  if (unknown !== undefined) {
    throw new HttpError(422, `${unknown}: unknown field, expected pixels or instances`, unknown);
  }
  if ('pixels' in value === 'instances' in value) {
    throw new HttpError(422, 'pixels: expected either pixels or instances', 'pixels');
  }
  return value as { pixels: unknown } | { instances: unknown };
}

function checkPixels(value: unknown, field: string, inputSize: number): asserts value is number[] {
  if (!Array.isArray(value)) {
    throw new HttpError(
      422,
      `${field}: got ${typeName(value)}, expected a list of ${inputSize} numbers`,
      field,
    );
  }
  if (value.length !== inputSize) {
    throw new HttpError(422, `${field}: got ${value.length} numbers, expected ${inputSize}`, field);
  }
  const wrong = value.findIndex((pixel) => typeof pixel !== 'number' || !(pixel >= 0 && pixel <= MAX_PIXEL));
  if (wrong >= 0) {
    const shown = JSON.stringify(value[wrong]).slice(0, 40);
    const at = `${field}[${wrong}]`;
    throw new HttpError(422, `${at}: got ${shown}, expected a number from 0 to ${MAX_PIXEL}`, at);
  }
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}
