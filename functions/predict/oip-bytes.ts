/** Image files in BYTES tensors: as they are in binary tensors; in JSON in base64, or with a character for each byte. */

import { badRequest } from '../http/http-error.ts';
import { MAX_PIXELS } from '../images/decode-image.ts';
import { readImageOf } from '../inference/image-file.ts';
import type { LoadedModel } from '../inference/model-cache.ts';
import { shorten } from '../schemas/parse.ts';

/** First characters of PNG and JPEG files. In base64 neither can stand. */
const RAW = /^(\x89PNG|\xff\xd8)/;
const BASE64 = /^[A-Za-z0-9+/\r\n]+={0,2}\s*$/;

/**
 * The images, as the model takes them.
 *
 * @throws HttpError 400 naming the element, 413 when all images together have too many pixels
 */
export function imageFiles(data: readonly unknown[], model: LoadedModel): Uint8Array[] {
  let pixelsLeft = MAX_PIXELS;
  return data.map((element, index) => {
    const field = `inputs[0].data[${index}]`;
    const { inputs, pixels } = readImageOf(readFile(element, field), model, field, pixelsLeft);
    pixelsLeft -= pixels;
    return inputs;
  });
}

function readFile(element: unknown, field: string): Buffer {
  if (element instanceof Uint8Array) return Buffer.from(element.buffer, element.byteOffset, element.length);
  if (typeof element === 'string' && RAW.test(element)) return Buffer.from(element, 'latin1');
  if (typeof element === 'string' && BASE64.test(element)) return Buffer.from(element, 'base64');
  const message = `got ${shorten(element)}, expected a PNG or JPEG file in base64`;
  throw badRequest(field, message);
}
