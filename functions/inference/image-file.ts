/** A PNG or JPEG file as the digit that a network takes. Files come from strangers: sizes are checked before decoding. */

import { kindOf } from '../../core/bytes/kind.ts';
import { DatasetError } from '../../core/errors.ts';
import { DIGIT_SIDE, normalizeDigit } from '../../core/ingest/normalize-digit.ts';
import type { Picture } from '../../core/ingest/picture.ts';
import { ImageError } from './image-error.ts';
import { InputError } from './input-error.ts';
import { decodeJpeg, isJpeg } from './jpeg.ts';
import type { LoadedModel } from './model-cache.ts';
import { decodePng, isPng } from './png.ts';

/** Pixels of one image, and of all images of one request. */
export const MAX_PIXELS = 4096 * 4096;
const DIGIT_PIXELS = DIGIT_SIDE * DIGIT_SIDE;

/** As `decodeDigit`, of a request with one image. */
export function readDigit(bytes: Uint8Array, model: TakesImages, field: string): Uint8Array {
  return decodeDigit(bytes, model, field, MAX_PIXELS).digit;
}

type TakesImages = Pick<LoadedModel, 'name' | 'inputSize' | 'table'>;

/**
 * @param bytes the file; its first bytes, not its declared type, say what it is
 * @param model that is to take the image
 * @param field that the image is, for messages
 * @param maxPixels that it may have
 * @returns the 28 × 28 pixels that the network takes, and how many the file has
 * @throws InputError when the file can't be read, the image is too large, there is no ink on it, or the model takes
 *   other inputs than an image's
 */
export function decodeDigit(
  bytes: Uint8Array,
  model: TakesImages,
  field: string,
  maxPixels: number,
): { digit: Uint8Array; pixels: number } {
  if (model.table !== undefined) {
    throw new InputError('unfit', field, `got an image, expected rows, as model ${model.name} takes`);
  }
  if (model.inputSize !== DIGIT_PIXELS) {
    const takes = `expected ${model.inputSize} numbers, as model ${model.name} takes`;
    throw new InputError('unfit', field, `got an image, whose pixels are ${DIGIT_PIXELS}, ${takes}`);
  }
  const picture = decodeImage(bytes, field, maxPixels);
  return { digit: normalize(picture, field), pixels: picture.width * picture.height };
}

function decodeImage(bytes: Uint8Array, field: string, maxPixels: number): Picture {
  try {
    if (isPng(bytes)) return decodePng(bytes, maxPixels);
    if (isJpeg(bytes)) return decodeJpeg(bytes, maxPixels);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw new InputError(error.isTooLarge ? 'tooLarge' : 'unreadable', field, error.message);
  }
  throw new InputError(
    'unreadable',
    field,
    `got ${kindOf(bytes) ?? 'bytes of another kind'}, expected a PNG or JPEG file`,
  );
}

function normalize(picture: Picture, field: string): Uint8Array {
  try {
    return normalizeDigit(picture);
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    throw new InputError('unfit', field, error.message.replace(/^image: /, ''));
  }
}
