/** Reads images out of a prediction request's JSON. */
import * as z from 'zod';
import { HttpError } from '../http/http-error.ts';
import { fieldsOf, parseRequest } from '../http/parse-request.ts';
import { DIVIDED_RULE, imageSchema, instancesSchema, isDivided } from './request-schemas.ts';

export interface Images {
  /** Pixels 0–255 of each. */
  images: ArrayLike<number>[];
  /** The request was for one image, and not `instances`. */
  isSingle: boolean;
}

/** By inputs: making a schema takes longer than using it. */
const schemas = new Map<number, ReturnType<typeof imageSchema>>();

/**
 * Validates as `predictRequest` says, image by image, so that a long list of wrong ones costs no more than the first.
 *
 * @param body `{"pixels": [d numbers]}` or `{"instances": [[d numbers], …]}`
 * @param inputSize d, the model's inputs
 * @throws HttpError 422 naming the field, its value and what is allowed
 */
export function readImages(body: unknown, inputSize: number): Images {
  const form = `{"pixels": [${inputSize} numbers]} or {"instances": [[${inputSize} numbers], …]}`;
  const fields = fieldsOf(body, ['pixels', 'instances'], form);
  const count = Object.keys(fields).length;
  if (count !== 1) {
    const got = count === 0 ? 'neither' : 'both';
    throw new HttpError(422, 'body', `got ${got} of them, expected ${form}`);
  }
  if ('pixels' in fields) {
    return { images: [readImage(fields.pixels, inputSize, 'pixels')], isSingle: true };
  }
  const list = parseRequest(instancesSchema(z.unknown(), inputSize), fields.instances, 'instances');
  return {
    images: list.map((image, index) => readImage(image, inputSize, `instances[${index}]`)),
    isSingle: false,
  };
}

function readImage(image: unknown, inputSize: number, field: string): number[] {
  let schema = schemas.get(inputSize);
  if (schema === undefined) {
    schema = imageSchema(inputSize);
    schemas.set(inputSize, schema);
  }
  // Only as much of one that is too long as it takes to say so: each wrong number would be an issue of its own.
  const isLong = Array.isArray(image) && image.length > inputSize;
  const pixels = parseRequest(schema, isLong ? longer(image.length) : image, field);
  if (isDivided(pixels)) throw new HttpError(422, field, DIVIDED_RULE);
  return pixels;
}

/** A list of that length whose entries are no issue. */
const longer = (length: number): number[] => new Array<number>(length).fill(0);
