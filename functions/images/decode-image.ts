/** A PNG or JPEG file as a picture. Files come from strangers: sizes are checked before anything is decoded. */
import { kindOf } from '../../core/bytes/kind.ts';
import type { Picture } from '../../core/ingest/picture.ts';
import { checkSize, ImageError } from './image-error.ts';
import { decodeJpeg, isJpeg, jpegSize } from './jpeg.ts';
import { decodePng, isPng, pngSize } from './png.ts';

/** Pixels of one image, and of all images of one request. */
export const MAX_PIXELS = 4096 * 4096;

/**
 * @param bytes the file; its first bytes, not its name or declared type, say what it is
 * @param maxPixels that it may have
 * @throws ImageError when it is no PNG or JPEG file, damaged, or has more pixels than allowed
 */
export function decodeImage(bytes: Uint8Array, maxPixels = MAX_PIXELS): Picture {
  if (isPng(bytes)) return decodePng(bytes, maxPixels);
  if (isJpeg(bytes)) return decodeJpeg(bytes, maxPixels);
  throw otherKind(bytes);
}

/** Width and height in pixels, without decoding it. @throws ImageError as `decodeImage`, as far as that shows */
export function sizeOfImage(bytes: Uint8Array, maxPixels = MAX_PIXELS): { width: number; height: number } {
  if (!isPng(bytes) && !isJpeg(bytes)) throw otherKind(bytes);
  const size = isPng(bytes) ? pngSize(bytes) : jpegSize(bytes);
  checkSize(size.width, size.height, maxPixels);
  return size;
}

const otherKind = (bytes: Uint8Array) =>
  new ImageError(`got ${kindOf(bytes) ?? 'bytes of another kind'}, expected a PNG or JPEG file`);
