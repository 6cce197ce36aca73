/** Reads images out of a prediction request's JSON. */
import { shorten } from '../shared/parse-payload.ts';
import { HttpError } from './http-error.ts';

/** Images in one request. */
export const MAX_INSTANCES = 1000;
const MAX_PIXEL = 255;
export const PIXEL_RULE = `a number from 0 to ${MAX_PIXEL}`;

export interface Images {
  images: number[][];
  /** The request had `pixels`, one image, and not `instances`. */
  isSingle: boolean;
}

/**
 * @param body `{"pixels": [d numbers]}` or `{"instances": [[d numbers], …]}`
 * @param inputSize d, the model's inputs
 * @throws HttpError 422 naming the field, its value and what is allowed
 */
export function readImages(body: unknown, inputSize: number): Images {
  const form = `{"pixels": [${inputSize} numbers]} or {"instances": [[${inputSize} numbers], …]}`;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refuse('body', `got ${shorten(body)}, expected ${form}`);
  }
  const fields = Object.keys(body);
  const unknown = fields.find((field) => field !== 'pixels' && field !== 'instances');
  if (unknown !== undefined) throw refuse(unknown.slice(0, 80), `unknown field, expected ${form}`);
  if (fields.length !== 1) {
    throw refuse('body', `got ${fields.length === 0 ? 'neither' : 'both'} of them, expected ${form}`);
  }
  if ('pixels' in body) {
    checkImage(body.pixels, 'pixels', inputSize);
    return { images: [body.pixels], isSingle: true };
  }
  const { instances } = body as { instances: unknown };
  if (!Array.isArray(instances)) {
    throw refuse(
      'instances',
      `got ${shorten(instances)}, expected 1 to ${MAX_INSTANCES} lists of ${inputSize} numbers`,
    );
  }
  if (instances.length < 1 || instances.length > MAX_INSTANCES) {
    throw refuse('instances', `got ${instances.length} images, expected 1 to ${MAX_INSTANCES}`);
  }
  instances.forEach((image, index) => {
    checkImage(image, `instances[${index}]`, inputSize);
  });
  return { images: instances, isSingle: false };
}

function checkImage(image: unknown, field: string, inputSize: number): asserts image is number[] {
  if (!Array.isArray(image)) {
    throw refuse(field, `got ${shorten(image)}, expected a list of ${inputSize} numbers`);
  }
  if (image.length !== inputSize) {
    throw refuse(field, `got ${image.length} numbers, expected ${inputSize}`);
  }
  const wrong = image.findIndex((pixel) => typeof pixel !== 'number' || !(pixel >= 0 && pixel <= MAX_PIXEL));
  if (wrong >= 0) throw refuse(`${field}[${wrong}]`, `got ${shorten(image[wrong])}, expected ${PIXEL_RULE}`);
}

const refuse = (field: string, message: string) => new HttpError(422, `${field}: ${message}`, field);
