/** Small pictures of pixels and weights; CSS enlarges them without blur. */
import { create } from './dom.ts';

/** Red, green, blue of what speaks for and against; strong enough on light and on dark ground. */
const POSITIVE = [59, 130, 230] as const;
const NEGATIVE = [226, 106, 34] as const;

/** Whether so many values may be shown as a picture. */
export const isSquare = (length: number): boolean => Number.isInteger(Math.sqrt(length));

/** @param pixels square, 0–255 */
export function inkPicture(pixels: ArrayLike<number>, label: string): HTMLCanvasElement {
  return picture(pixels.length, label, (index) => [255, 255, 255, pixels[index]!]);
}

/** @param values square, of either sign; the strongest has the full colour */
export function signedPicture(values: ArrayLike<number>, label: string): HTMLCanvasElement {
  const strongest = Array.from(values).reduce((max, value) => Math.max(max, Math.abs(value)), 0) || 1;
  return picture(values.length, label, (index) => {
    const value = values[index]!;
    return [...(value < 0 ? NEGATIVE : POSITIVE), (255 * Math.abs(value)) / strongest];
  });
}

type Rgba = readonly [number, number, number, number];

function picture(length: number, label: string, colour: (index: number) => Rgba): HTMLCanvasElement {
  const side = Math.round(Math.sqrt(length));
  const canvas = create('canvas', {
    width: String(side),
    height: String(side),
    role: 'img',
    'aria-label': label,
  });
  const image = new ImageData(side, side);
  for (let index = 0; index < side * side; index++) image.data.set(colour(index), 4 * index);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}
