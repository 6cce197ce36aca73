/**
 * A picture's pixels from where a placement says, each by one bilinear interpolation of the four around that point.
 *
 * A point is computed in float64 (the row's part, then the column's, then the displacement) and rounded to 1/2048 of a
 * pixel. What is outside of the picture is 0. Bytes are interpolated in whole numbers and rounded once, half up; floats
 * in float64, and rounded to float32 once.
 */
import type { PictureShape } from '../network/layers.ts';
import type { DisplacementField } from './displacement.ts';
import type { Placement } from './placement.ts';

const FRACTION_BITS = 11;
const ONE = 1 << FRACTION_BITS;
const FRACTION = ONE - 1;
const HALF = 1 << (2 * FRACTION_BITS - 1);

/** A picture with zeros around it: a row and a column before, two after, so that every point has four pixels. */
export interface Padded<Values extends Uint8Array | Float32Array> {
  values: Values;
  shape: PictureShape;
}

export const padded = <Values extends Uint8Array | Float32Array>(
  ArrayType: new (length: number) => Values,
  shape: PictureShape,
): Padded<Values> => ({
  values: new ArrayType((shape[0] + 3) * lineOf(shape)),
  shape,
});

/** Values of one row of a padded picture. */
const lineOf = ([, width, channels]: PictureShape): number => (width + 3) * channels;

/** Copies the picture that begins at `from`. */
export function setPadded<Values extends Uint8Array | Float32Array>(
  { values, shape }: Padded<Values>,
  source: Values,
  from: number,
): void {
  const [height, width, channels] = shape;
  const line = width * channels;
  let at = lineOf(shape) + channels;
  for (let start = from; start < from + height * line; start += line) {
    for (let k = 0; k < line; k++) values[at + k] = source[start + k]!;
    at += lineOf(shape);
  }
}

/** Of each pixel of the result the point that it is taken from: [height · width] each. */
export interface Points {
  /** Index in the padded picture of the pixel above and left of it, in its first channel. */
  corners: Int32Array;
  /** How far below and right of that one it is, in 1/2048 of a pixel. */
  below: Int32Array;
  right: Int32Array;
}

export const pointsFor = ([height, width]: PictureShape): Points => ({
  corners: new Int32Array(height * width),
  below: new Int32Array(height * width),
  right: new Int32Array(height * width),
});

/** Finds the points of a placement. */
export function locate(
  { corners, below, right }: Points,
  shape: PictureShape,
  { y0, yy, yx, x0, xy, xx, windowDown, windowAcross }: Placement,
  field: DisplacementField,
): void {
  const [height, width, channels] = shape;
  const line = lineOf(shape);
  const displacements = field.values;
  let down = startOf(field, windowDown);
  let across = startOf(field, windowAcross);
  let at = 0;
  for (let row = 0; row < height; row++) {
    const yOfRow = y0 + yy * row;
    const xOfRow = x0 + xy * row;
    for (let column = 0; column < width; column++) {
      const y = fixed(yOfRow + yx * column + displacements[down + column]!, height);
      const x = fixed(xOfRow + xx * column + displacements[across + column]!, width);
      corners[at] = (y >> FRACTION_BITS) * line + (x >> FRACTION_BITS) * channels;
      below[at] = y & FRACTION;
      right[at++] = x & FRACTION;
    }
    down += field.stride;
    across += field.stride;
  }
}

/** A window's first element: of its row the word's upper half, of its column the lower one. */
const startOf = ({ size, stride }: DisplacementField, word: number): number =>
  ((word >>> 16) & (size - 1)) * stride + (word & (size - 1));

/** A coordinate within the padded picture, in 1/2048 of a pixel. */
const fixed = (coordinate: number, side: number): number =>
  (Math.max(-1, Math.min(coordinate, side)) * ONE + (ONE + 0.5)) | 0;

/** What lies `share` / 2048 of the way from a to b, times 2048. */
const between = (a: number, b: number, share: number): number =>
  ((a << FRACTION_BITS) + Math.imul(b - a, share)) | 0;

/** Writes the picture at the points from `to` on. */
export function interpolateBytes(
  { corners, below, right }: Points,
  { values, shape }: Padded<Uint8Array>,
  out: Uint8Array,
  to: number,
): void {
  const channels = shape[2];
  const line = lineOf(shape);
  for (let channel = 0; channel < channels; channel++) {
    let at = to + channel;
    for (let pixel = 0; pixel < corners.length; pixel++) {
      const corner = corners[pixel]! + channel;
      const dx = right[pixel]!;
      const under = corner + line;
      const upper = between(values[corner]!, values[corner + channels]!, dx);
      const lower = between(values[under]!, values[under + channels]!, dx);
      out[at] = (between(upper, lower, below[pixel]!) + HALF) >> (2 * FRACTION_BITS);
      at += channels;
    }
  }
}

/** Writes the picture at the points to `out`. */
export function interpolateFloats(
  { corners, below, right }: Points,
  { values, shape }: Padded<Float32Array>,
  out: Float32Array,
): void {
  const channels = shape[2];
  const line = lineOf(shape);
  for (let channel = 0; channel < channels; channel++) {
    let at = channel;
    for (let pixel = 0; pixel < corners.length; pixel++) {
      const corner = corners[pixel]! + channel;
      const under = corner + line;
      const dx = right[pixel]! / ONE;
      const dy = below[pixel]! / ONE;
      const upper = values[corner]! * (1 - dx) + values[corner + channels]! * dx;
      const lower = values[under]! * (1 - dx) + values[under + channels]! * dx;
      out[at] = upper * (1 - dy) + lower * dy;
      at += channels;
    }
  }
}
