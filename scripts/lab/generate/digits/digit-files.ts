/** Pictures of digits as files: each a pure function of (kind, seed, row). */
import { encode as encodePng } from 'fast-png';
import { encode as encodeJpeg } from 'jpeg-js';
import { Draws, STREAM } from '../draws.ts';
import { photoPicture } from './photo.ts';
import { plainPicture } from './plain.ts';
import type { DigitPicture } from './scene.ts';

export const KINDS = ['plain', 'photo'] as const;
export type Kind = (typeof KINDS)[number];

/** A digit of each kind in turn, so that ten rows have all ten. */
export function digitPicture(kind: Kind, seed: number, row: number): DigitPicture {
  const draws = new Draws(seed, kind === 'plain' ? STREAM.plainDigits : STREAM.photos).startRow(row);
  return kind === 'plain' ? plainPicture(row % 10, draws) : photoPicture(row % 10, draws);
}

/** Photos as JPEG of any quality that phones and messengers use; drawings as PNG, and some as JPEG. */
export function digitFile(kind: Kind, seed: number, row: number): DigitPicture & { file: Uint8Array } {
  const picture = digitPicture(kind, seed, row);
  const draws = new Draws(seed, STREAM.files).startRow(row);
  const isJpeg = kind === 'photo' || (picture.channels === 3 && draws.uniform() < 0.25);
  return { ...picture, file: isJpeg ? jpeg(picture, draws.integer(35, 92)) : png(picture) };
}

const png = ({ width, height, channels, data }: DigitPicture): Uint8Array =>
  encodePng({ width, height, channels, depth: 8, data });

function jpeg({ width, height, data }: DigitPicture, quality: number): Uint8Array {
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) rgba.set(data.subarray(i * 3, i * 3 + 3), i * 4);
  return encodeJpeg({ width, height, data: rgba }, quality).data;
}
