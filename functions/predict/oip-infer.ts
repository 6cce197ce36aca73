/** POST /v2/models/{model}/infer: tensors in, tensors out. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import { shapeOfForm } from '../../core/ingest/picture-row.ts';
import { pictureIn } from '../../core/network/layers.ts';
import { badRequest } from '../http/http-error.ts';
import { bodyKind, readJson } from '../http/request-body.ts';
import type { LoadedModel, SamplePrediction, Samples } from '../inference/model-cache.ts';
import { parsePayload, shorten } from '../schemas/parse.ts';
import { splitBody, withBinaryInputs } from './oip-binary.ts';
import { imageFiles } from './oip-bytes.ts';
import { readColumns } from './oip-columns.ts';
import {
  type InferenceRequest,
  type InferenceResponse,
  type ModelMetadata,
  type ResponseOutput,
  type requestInput,
  tensorCounts,
  type WireRequest,
  wireRequest,
} from './oip-schemas.ts';
import { DIVIDED_RULE, isDivided, MAX_INSTANCES, PIXEL_RULE } from './request-schemas.ts';

type Input = z.output<typeof requestInput>;

const INPUT = 'pixels';

/** What the model takes and gives, as the specification's metadata tensors. */
export function tensorsOf({
  inputSize,
  network,
  table,
  classNames,
}: LoadedModel): Pick<ModelMetadata, 'inputs' | 'outputs'> {
  const inputs =
    table === undefined
      ? [{ name: INPUT, datatype: 'UINT8', shape: [-1, ...(pictureOf(network) ?? [inputSize])] }]
      : table.encoding.columns.map(({ name, type }) => ({
          name,
          datatype: type === 'numeric' ? 'FP64' : 'BYTES',
          shape: [-1],
        }));
  if (table !== undefined && table.encoding.targets.length > 0) {
    const outputs = table.encoding.targets.map(({ name }) => ({ name, datatype: 'FP64', shape: [-1] }));
    return { inputs, outputs };
  }
  return {
    inputs,
    outputs: [
      { name: 'probabilities', datatype: 'FP32', shape: [-1, network.classes] },
      { name: 'class', datatype: 'INT64', shape: [-1] },
      ...(classNames === undefined ? [] : [{ name: 'class_name', datatype: 'BYTES', shape: [-1] }]),
    ],
  };
}

/** The request in the body. @throws HttpError 400, 413 or 415 */
export function readInference(event: APIGatewayProxyEventV2): InferenceRequest {
  const body = splitBody(event);
  if (body === undefined) bodyKind(event, 'json');
  return withBinaryInputs(parseRequest(body === undefined ? readJson(event) : body.json), body?.tail);
}

function parseRequest(json: unknown): WireRequest {
  try {
    parsePayload(tensorCounts, json, 'request');
    return parsePayload(wireRequest, json, 'request');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw badRequest(undefined, error.message);
  }
}

/** @throws HttpError 400 naming the tensor; InputError for images or rows that the model doesn't take */
export function readSamples(request: InferenceRequest, model: LoadedModel): Samples {
  return model.table === undefined ? readImages(request, model) : readColumns(request, model.table);
}

/** The outputs that the request wants, by default all. @throws HttpError 400 naming one that the model hasn't */
export function wantedOutputs({ outputs }: InferenceRequest, model: LoadedModel): ModelMetadata['outputs'] {
  const produced = tensorsOf(model).outputs;
  const names = produced.map(({ name }) => name);
  const wanted = outputs?.map(({ name }) => name) ?? names;
  return wanted.map((name, index) => {
    const output = produced.find((each) => each.name === name);
    if (output !== undefined) return output;
    const expected = names.map((known) => `"${known}"`).join(' or ');
    throw badRequest(`outputs[${index}].name`, `got ${shorten(name)}, expected ${expected}`);
  });
}

export function responseOf(
  { id }: InferenceRequest,
  model: LoadedModel,
  outputs: ModelMetadata['outputs'],
  predictions: readonly SamplePrediction[],
): InferenceResponse {
  const unknown = predictions.map((prediction) => prediction.unknown ?? null);
  return {
    model_name: model.name,
    model_version: String(model.version),
    ...(id === undefined ? {} : { id }),
    // A parameter's value is a text, a number or a truth.
    ...(unknown.some((row) => row !== null) && { parameters: { unknown: JSON.stringify(unknown) } }),
    outputs: outputs.map(({ name, datatype, shape }) => {
      const data = dataOf(name, predictions);
      return { name, datatype, shape: [predictions.length, ...shape.slice(1)], data } as ResponseOutput;
    }),
  };
}

function dataOf(name: string, predictions: readonly SamplePrediction[]): (number | string)[] {
  return predictions.flatMap((prediction) => {
    if ('values' in prediction) return prediction.values[name]!;
    if (name === 'class') return prediction.class;
    return name === 'class_name' ? prediction.className! : prediction.probabilities;
  });
}

function readImages(
  { inputs: [input, ...others] }: InferenceRequest,
  model: LoadedModel,
): ArrayLike<number>[] {
  if (input!.name !== INPUT) {
    throw badRequest('inputs[0].name', `got ${shorten(input!.name)}, expected "${INPUT}"`);
  }
  if (others.length > 0) {
    throw badRequest('inputs', `got ${others.length + 1} tensors, expected one, "${INPUT}"`);
  }
  return readInput(input!, model);
}

/** One image per row of the tensor. */
function readInput(input: Input, model: LoadedModel): ArrayLike<number>[] {
  switch (input.datatype) {
    case 'BYTES':
      checkShape(input, [[], [1]]);
      return imageFiles(elements(input), model);
    case 'FP32':
    case 'UINT8': {
      const d = model.inputSize;
      checkShape(input, [[d], ...picturesOf(model)]);
      const pixels = elements(input);
      const isAllowed = input.datatype === 'UINT8' ? Number.isInteger : Number.isFinite;
      pixels.forEach((value, index) => {
        if (isAllowed(value) && (value as number) >= 0 && (value as number) <= 255) return;
        const expected = input.datatype === 'UINT8' ? 'an integer from 0 to 255' : PIXEL_RULE;
        throw badRequest(`inputs[0].data[${index}]`, `got ${shorten(value)}, expected ${expected}`);
      });
      return Array.from({ length: pixels.length / d }, (_, n) => {
        const image = (pixels as number[]).slice(n * d, (n + 1) * d);
        if (isDivided(image)) throw badRequest(`inputs[0].data`, `image ${n}: ${DIVIDED_RULE}`);
        return image;
      });
    }
    default:
      throw badRequest(
        'inputs[0].datatype',
        `got ${shorten(input.datatype)}, expected "UINT8", "FP32" or "BYTES"`,
      );
  }
}

/** What a network of pictures takes: [height, width, channels]. */
const pictureOf = ({ architecture }: LoadedModel['network']) => pictureIn(architecture.layers);

/** Shapes that a picture may have besides a row of numbers; a grey one needs no channels. */
function picturesOf({ inputSize, pictures, network }: LoadedModel): number[][] {
  const picture = pictureOf(network);
  if (picture !== undefined) return picture[2] === 1 ? [[...picture], picture.slice(0, 2)] : [[...picture]];
  if (pictures !== undefined) return [shapeOfForm(pictures)];
  const side = Math.round(Math.sqrt(inputSize));
  return side * side === inputSize ? [[side, side]] : [];
}

/** @param allowed dimensions behind the first, which counts the images */
function checkShape({ shape }: Input, allowed: readonly (readonly number[])[]): void {
  const rest = shape.slice(1).join();
  if (allowed.every((dimensions) => dimensions.join() !== rest)) {
    const forms = allowed.map((dimensions) => `[${['N', ...dimensions].join(', ')}]`).join(' or ');
    throw badRequest('inputs[0].shape', `got [${shape.join(', ')}], expected ${forms}`);
  }
  if (shape[0]! < 1 || shape[0]! > MAX_INSTANCES) {
    throw badRequest('inputs[0].shape[0]', `got ${shape[0]}, expected 1 to ${MAX_INSTANCES}`);
  }
}

/** The tensor's elements in row-major order, from flat data or data nested as the shape has it. */
function elements({ shape, data }: Input): unknown[] {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const isNested = shape.length > 1 && Array.isArray(data[0]);
  const flat = isNested ? flatten(data, shape, 'inputs[0].data') : data;
  if (flat.length !== size) {
    throw badRequest(
      'inputs[0].data',
      `got ${flat.length} elements, expected ${size} for shape [${shape.join(', ')}]`,
    );
  }
  return flat;
}

function flatten(data: unknown, [length, ...rest]: readonly number[], field: string): unknown[] {
  if (!Array.isArray(data) || data.length !== length) {
    const got = Array.isArray(data) ? `${data.length} entries` : shorten(data);
    throw badRequest(field, `got ${got}, expected a list of ${length}, as the shape has it`);
  }
  if (rest.length === 0) return data;
  return data.flatMap((part, index) => flatten(part, rest, `${field}[${index}]`));
}
