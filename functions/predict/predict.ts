/** POST /predict: an image or rows in, class and probabilities or values out. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { z } from 'zod';
import { explainPixels } from '../../core/model/explain.ts';
import { HttpError } from '../http/http-error.ts';
import { bodyKind, readBytes, readJson } from '../http/request-body.ts';
import { asClasses, type LoadedModel } from '../inference/model-cache.ts';
import type { Table, TableRows } from '../inference/table-rows.ts';
import type { predictAnswer, prediction } from './answer-schemas.ts';
import type { ModelServices } from './choose-model.ts';
import { type Images, readImages } from './images.ts';
import { type Emit, predictObserved } from './observed.ts';
import { MAX_EXPLAINED, QUERIES, readQuery } from './request-schemas.ts';
import { readRows } from './rows.ts';
import { chooseVersions } from './trial.ts';

export type Prediction = z.output<typeof prediction>;
export type PredictAnswer = z.output<typeof predictAnswer>;
type Query = z.output<(typeof QUERIES)['POST /predict']>;

export interface PredictionServices extends ModelServices {
  emit: Emit;
}

/** @throws HttpError 400, 404, 413, 415, 422 or 503 as fits, naming the field; InputError for what the model doesn't take */
export async function predict(
  event: APIGatewayProxyEventV2,
  services: PredictionServices,
): Promise<PredictAnswer> {
  const kind = bodyKind(event, 'json or image');
  const body = kind === 'json' ? readJson(event) : readBytes(event, 'an image');
  const query = readQuery(event, QUERIES['POST /predict']);
  const { requestId } = event.requestContext;
  const chosen = await chooseVersions(services, { ...query, requestId });
  const model = chosen.answering;
  const lineage = { model: model.name, version: model.version };
  if (model.table !== undefined && kind === 'json') {
    const rows = readTableRows(body, model.table, query);
    return { predictions: predictObserved(chosen, rows, services.emit), ...lineage };
  }
  const { images, isSingle } =
    kind === 'json'
      ? readImages(body, model.inputSize)
      : { images: [await readFile(body as Uint8Array, model)], isSingle: true };
  checkExplained(images, query);
  const classes = asClasses(predictObserved(chosen, images, services.emit));
  const predictions = classes.map((result, index) => ({
    ...result,
    ...(query.pixels ? { pixels: Array.from(images[index]!) } : {}),
    ...(query.explain ? { explanation: explain(model, images[index]!, result.class) } : {}),
  }));
  return isSingle ? { ...predictions[0]!, ...lineage } : { predictions, ...lineage };
}

/** The decoders of pictures are loaded with the first one: most requests have numbers. */
async function readFile(bytes: Uint8Array, model: LoadedModel) {
  const { readImage } = await import('../inference/image-file.ts');
  return readImage(bytes, model, 'body');
}

/** What is wrong with the rows is no error of the model, and found before it is asked. */
function readTableRows(body: unknown, table: Table, { pixels, explain }: Query): TableRows {
  for (const [name, value] of Object.entries({ pixels, explain })) {
    if (value) throw new HttpError(422, name, 'got true, expected false for a model of rows');
  }
  const rows = readRows(body, table);
  rows.encodedBy(table);
  return rows;
}

function checkExplained(images: Images['images'], { explain }: Query): void {
  if (!explain || images.length <= MAX_EXPLAINED) return;
  const message = `got ${images.length} images, expected 1 to ${MAX_EXPLAINED} with explain=true`;
  throw new HttpError(422, 'instances', message);
}

/** Contribution of each pixel, to six digits, as no picture of them shows more. */
function explain({ network, layers }: LoadedModel, image: ArrayLike<number>, k: number): number[] {
  const contributions = explainPixels(network.architecture, layers, image, k);
  return Array.from(contributions, (value) => Number(value.toPrecision(6)));
}
