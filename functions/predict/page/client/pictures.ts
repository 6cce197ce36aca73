/** Small pictures of pixels and weights; CSS enlarges them without blur. */
import type { PictureForm } from '../../../../core/ingest/picture-row.ts';
import { create } from './dom.ts';
import { formatFigure } from './format.ts';

/** Red, green, blue of what speaks for and against; strong enough on light and on dark ground. */
const POSITIVE = [59, 130, 230] as const;
const NEGATIVE = [226, 106, 34] as const;

/** Of values that stand for a picture. */
export interface Shape extends Pick<PictureForm, 'width' | 'height'> {
  channels: number;
}

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

/** @param values of either sign; those of a pixel's colours are added @param peak the value that has the full colour */
export function signedPicture(
  values: ArrayLike<number>,
  shape: Shape,
  label: string,
  peak?: number,
): HTMLCanvasElement {
  const sums = sumsOf(values, shape);
  const full = peak ?? peakOf(sums);
  return picture(shape, label, (index) => {
    const value = sums[index]!;
    return [...(value < 0 ? NEGATIVE : POSITIVE), (255 * Math.abs(value)) / (full || 1)];
  });
}

/** @param values of three colours, those of a pixel together: 0 is in the middle between black and full */
export function colouredWeights(
  values: ArrayLike<number>,
  shape: Shape,
  label: string,
  peak: number,
): HTMLCanvasElement {
  const level = (value: number) => 127.5 * (1 + value / (peak || 1));
  return greyOrColoured(Array.from(values, level), shape, label);
}

/** Of values of several channels the sums of each pixel's. */
export function sumsOf(values: ArrayLike<number>, { width, height, channels }: Shape): Float64Array {
  const sums = new Float64Array(width * height);
  for (let i = 0; i < values.length; i++) sums[Math.floor(i / channels)]! += values[i]!;
  return sums;
}

/** The largest value without its sign. */
export const peakOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);

/** What the colours of such pictures stand for. @param peak the value that has the full one */
export function scaleOf(name: string, peak: number, kind: 'signed' | 'grey' = 'signed'): HTMLElement {
  const [least, most] = [formatFigure(-peak, 3), formatFigure(peak, 3)];
  const [low, high] = kind === 'grey' ? ['black', 'white'] : ['orange', 'blue'];
  const label = `From ${low}, ${least}, to ${high}, ${most}`;
  return create(
    'p',
    { class: 'note scale' },
    name,
    ' ',
    least,
    create('span', { class: `ramp ${kind}`, role: 'img', 'aria-label': label }),
    most,
  );
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
