/** Pictures as JPEG files. */
import { encode as encodeJpeg } from 'jpeg-js';
import type { Picture } from '../../core/ingest/picture.ts';

export function jpegOf({ width, height, channels, data }: Picture, quality = 90): Uint8Array {
  const rgba = Buffer.alloc(width * height * 4, 255);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = data[i * channels + (channels === 3 ? c : 0)]!;
  }
  return encodeJpeg({ width, height, data: rgba }, quality).data;
}
