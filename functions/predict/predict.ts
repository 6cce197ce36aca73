/** POST /predict: pixels in, class and probabilities out. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { latestModel, modelVersion } from '../shared/schemas.ts';
import { HttpError } from './http-error.ts';
import { PIXEL_RULE, readImages } from './images.ts';
import { readJsonBody } from './json-body.ts';
import type { LoadedModel, ModelCache } from './model-cache.ts';

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
  const body = readJsonBody(event, PIXEL_RULE);
  const model = await chooseModel(event.queryStringParameters ?? {}, services);
  const { images, isSingle } = readImages(body, model.inputSize);
  const predictions = model.predict(images);
  const lineage = { model: model.name, version: model.version };
  return isSingle ? { ...predictions[0]!, ...lineage } : { predictions, ...lineage };
}

async function chooseModel(
  query: Record<string, string | undefined>,
  { models, defaultModel }: { models: ModelCache; defaultModel: string },
): Promise<LoadedModel> {
  const { model: name = defaultModel, version: text } = query;
  if (!modelVersion.shape.model.safeParse(name).success) {
    const got = JSON.stringify(name.slice(0, 80));
    throw new HttpError(422, `model: got ${got}, expected 1-63 of a-z 0-9 . _ -`, 'model');
  }
  const version = text === undefined ? undefined : readVersion(text);
  const found = version === undefined ? await models.find(name) : await models.findVersion(name, version);
  if (found !== undefined) return found;
  if (version !== undefined) {
    throw new HttpError(404, `version: model ${name} has no version ${version}`, 'version');
  }
  if (name === defaultModel) {
    const headers = { 'retry-after': '5' };
    throw new HttpError(503, `model: no version of ${name} has been promoted yet`, 'model', headers);
  }
  throw new HttpError(404, `model: no version of ${name} has been promoted`, 'model');
}

function readVersion(text: string): number {
  const version = latestModel.shape.version.safeParse(/^\d{1,10}$/.test(text) ? Number(text) : undefined);
  if (version.success) return version.data;
  const got = JSON.stringify(text.slice(0, 80));
  throw new HttpError(422, `version: got ${got}, expected an integer from 1`, 'version');
}
