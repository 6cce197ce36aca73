/** POST /predict: an image or rows in, class and probabilities or values out. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { z } from 'zod';
import { explainClass } from '../../core/model/explain.ts';
import { PIXEL_SCALE } from '../../core/rows/sparse-rows.ts';
import { HttpError } from '../inference/http-error.ts';
import { readDigit } from '../inference/image-file.ts';
import { classify, type LoadedModel } from '../inference/model-cache.ts';
import type { predictAnswer, prediction } from './answer-schemas.ts';
import { chooseModel, type ModelServices } from './choose-model.ts';
import { readImages } from './images.ts';
import { bodyKind, readBytes, readJson } from './request-body.ts';
import { MAX_EXPLAINED, PIXEL_RULE, predictQuery, readQuery } from './request-schemas.ts';
import { readRows } from './rows.ts';
import { onTrial } from './trial.ts';

export type Prediction = z.output<typeof prediction>;
export type PredictAnswer = z.output<typeof predictAnswer>;

/** @throws HttpError 400, 404, 413, 415, 422 or 503 as fits, naming the field */
export async function predict(
  event: APIGatewayProxyEventV2,
  services: ModelServices,
): Promise<PredictAnswer> {
  const kind = bodyKind(event, 'json or image');
  const body = kind === 'json' ? readJson(event, PIXEL_RULE) : readBytes(event, 'an image');
  const query = readQuery(event, predictQuery);
  const serving = await chooseModel(services, query.model, query.version);
  const { requestId } = event.requestContext;
  const model = await onTrial(serving, { requestId, isPinned: query.version !== undefined }, services);
  const lineage = { model: model.name, version: model.version };
  if (model.table !== undefined && kind === 'json') {
    return { predictions: predictRows(model, body, query), ...lineage };
  }
  const { images, isSingle } =
    kind === 'json'
      ? readImages(body, model.inputSize)
      : { images: [readDigit(body as Uint8Array, model, 'body')], isSingle: true };
  const predictions = describe(model, images, query);
  return isSingle ? { ...predictions[0]!, ...lineage } : { predictions, ...lineage };
}

/** What is wrong with the rows is no error of the model, and found before it is asked. */
function predictRows(
  model: LoadedModel,
  body: unknown,
  { pixels, explain }: z.output<typeof predictQuery>,
): Prediction[] {
  for (const [name, value] of Object.entries({ pixels, explain })) {
    if (value) throw new HttpError(422, `${name}: got true, expected false for a model of rows`, name);
  }
  const rows = readRows(body, model.table!);
  rows.encodedBy(model.table!);
  return model.predict(rows);
}

function describe(
  model: LoadedModel,
  images: readonly ArrayLike<number>[],
  query: z.output<typeof predictQuery>,
) {
  if (query.explain && images.length > MAX_EXPLAINED) {
    throw new HttpError(
      422,
      `instances: got ${images.length} images, expected 1 to ${MAX_EXPLAINED} with explain=true`,
      'instances',
    );
  }
  return classify(model, images).map((result, index) => ({
    ...result,
    ...(query.pixels ? { pixels: Array.from(images[index]!) } : {}),
    ...(query.explain ? { explanation: explain(model, images[index]!, result.class) } : {}),
  }));
}

/** Contribution of each pixel, to six digits, as no picture of them shows more. */
function explain({ network, layers }: LoadedModel, image: ArrayLike<number>, k: number): number[] {
  const x = Float32Array.from(image, (level) => level / PIXEL_SCALE);
  const contributions = explainClass(network.architecture, layers, x, k);
  return Array.from(contributions, (value) => Number(value.toPrecision(6)));
}
