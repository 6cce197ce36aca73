/** Small pictures of pixels and weights; CSS enlarges them without blur. */
import type { PictureForm } from '../../../../core/ingest/picture-row.ts';
import { create } from './dom.ts';

/** Red, green, blue of what speaks for and against; strong enough on light and on dark ground. */
const POSITIVE = [59, 130, 230] as const;
const NEGATIVE = [226, 106, 34] as const;

/** Of values that stand for a picture. */
export type Shape = Pick<PictureForm, 'width' | 'height' | 'channels'>;

/** Of a digit's picture, or another square one; undefined for values that are no picture. */
export function squareOf(length: number): Shape | undefined {
  const side = Math.sqrt(length);
  return Number.isInteger(side) ? { width: side, height: side, channels: 1 } : undefined;
}

/** @param pixels square, 0–255, as light as there is ink */
export function inkPicture(pixels: ArrayLike<number>, label: string): HTMLCanvasElement {
  return picture(squareOf(pixels.length)!, label, (index) => [255, 255, 255, pixels[index]!]);
}

/** @param pixels 0–255, the colours of a pixel together */
export function greyOrColoured(pixels: ArrayLike<number>, shape: Shape, label: string): HTMLCanvasElement {
  const { channels } = shape;
  return picture(shape, label, (index) => {
    const at = (channel: number) => pixels[channels * index + Math.min(channel, channels - 1)]!;
    return [at(0), at(1), at(2), 255];
  });
}

/** @param values of either sign; the strongest has the full colour, and those of a pixel's colours are added */
export function signedPicture(values: ArrayLike<number>, shape: Shape, label: string): HTMLCanvasElement {
  const { width, height, channels } = shape;
  const sums = new Float64Array(width * height);
  for (let i = 0; i < values.length; i++) sums[Math.floor(i / channels)]! += values[i]!;
  const strongest = sums.reduce((max, value) => Math.max(max, Math.abs(value)), 0) || 1;
  return picture(shape, label, (index) => {
    const value = sums[index]!;
    return [...(value < 0 ? NEGATIVE : POSITIVE), (255 * Math.abs(value)) / strongest];
  });
}

type Rgba = readonly [number, number, number, number];

function picture(
  { width, height }: Shape,
  label: string,
  colour: (index: number) => Rgba,
): HTMLCanvasElement {
  const canvas = create('canvas', {
    width: String(width),
    height: String(height),
    role: 'img',
    'aria-label': label,
  });
  const image = new ImageData(width, height);
  for (let index = 0; index < width * height; index++) image.data.set(colour(index), 4 * index);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}
