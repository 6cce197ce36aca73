/** Small pictures that can be told apart, as a person's files: discs and bars in colours, from a seed. */
import { encode as encodePng } from 'fast-png';
import { encode as encodeJpeg } from 'jpeg-js';
import type { Picture } from '../../core/ingest/picture.ts';
import { fillIntegers } from '../../core/random/streams.ts';

export const SHAPES = ['bar', 'disc'] as const;
export type Shape = (typeof SHAPES)[number];

/** A light ground with one shape on it, somewhere near the middle; the colour says nothing of the class. */
export function drawShape(
  shape: Shape,
  seed: number,
  { width = 24, height = 18, channels = 3 as 1 | 3 } = {},
): Picture {
  const drawn = new Uint32Array(8);
  fillIntegers(drawn, 1000, seed, 99, 0);
  const at = (n: number) => drawn[n]! / 1000;
  const ink = [at(0), at(1), at(2)].map((share) => Math.round(120 * share));
  const [x0, y0] = [width * (0.4 + 0.2 * at(3)), height * (0.4 + 0.2 * at(4))];
  const radius = Math.min(width, height) * (0.25 + 0.1 * at(5));
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [(x + 0.5 - x0) / radius, (y + 0.5 - y0) / radius];
      const isInk = shape === 'disc' ? dx * dx + dy * dy < 1 : Math.abs(dy) < 0.3;
      for (let c = 0; c < channels; c++) {
        data[(y * width + x) * channels + c] = isInk
          ? ink[c]!
          : 225 + ((drawn[6]! + 7 * c + 3 * x + 5 * y) % 30);
      }
    }
  }
  return { width, height, channels, data };
}

export const pngOf = (picture: Picture): Uint8Array =>
  encodePng({ ...picture, data: Uint8Array.from(picture.data) });

export function jpegOf({ width, height, channels, data }: Picture, quality = 90): Uint8Array {
  const rgba = Buffer.alloc(width * height * 4, 255);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = data[i * channels + (channels === 3 ? c : 0)]!;
  }
  return encodeJpeg({ width, height, data: rgba }, quality).data;
}
