/** A PNG or JPEG file as the inputs that a model takes: as its training set's pictures became rows, else as a digit. */
import { DatasetError } from '../../core/errors.ts';
import { DIGIT_SIDE, normalizeDigit } from '../../core/ingest/normalize-digit.ts';
import type { Picture } from '../../core/ingest/picture.ts';
import { pictureRow } from '../../core/ingest/picture-row.ts';
import { decodeImage, MAX_PIXELS } from '../images/decode-image.ts';
import { ImageError } from '../images/image-error.ts';
import { InputError } from './input-error.ts';
import type { LoadedModel } from './model-cache.ts';

const DIGIT_PIXELS = DIGIT_SIDE * DIGIT_SIDE;

type TakesImages = Pick<LoadedModel, 'name' | 'inputSize' | 'table' | 'pictures'>;

/** As `readImageOf`, of a request with one image. */
export function readImage(bytes: Uint8Array, model: TakesImages, field: string): Uint8Array {
  return readImageOf(bytes, model, field, MAX_PIXELS).inputs;
}

/**
 * @param bytes the file; its first bytes, not its declared type, say what it is
 * @param model that is to take the image
 * @param field that the image is, for messages
 * @param maxPixels that it may have
 * @returns the bytes that the network takes, and how many pixels the file has
 * @throws InputError when the file can't be read, the image is too large, there is no ink on a digit, or the model
 *   takes other inputs than an image's
 */
export function readImageOf(
  bytes: Uint8Array,
  model: TakesImages,
  field: string,
  maxPixels: number,
): { inputs: Uint8Array; pixels: number } {
  const { name, inputSize, table, pictures } = model;
  if (table !== undefined) {
    throw new InputError('unfit', field, `got an image, expected rows, as model ${name} takes`);
  }
  if (pictures === undefined && inputSize !== DIGIT_PIXELS) {
    const takes = `expected ${inputSize} numbers, as model ${name} takes`;
    throw new InputError('unfit', field, `got an image, whose pixels are ${DIGIT_PIXELS}, ${takes}`);
  }
  const picture = decoded(bytes, field, maxPixels);
  return {
    inputs: pictures === undefined ? normalize(picture, field) : pictureRow(picture, pictures),
    pixels: picture.width * picture.height,
  };
}

function decoded(bytes: Uint8Array, field: string, maxPixels: number): Picture {
  try {
    return decodeImage(bytes, maxPixels);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw new InputError(error.isTooLarge ? 'tooLarge' : 'unreadable', field, error.message);
  }
}

function normalize(picture: Picture, field: string): Uint8Array {
  try {
    return normalizeDigit(picture);
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    throw new InputError('unfit', field, error.message.replace(/^image: /, ''));
  }
}
