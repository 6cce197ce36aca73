/**
 * Any picture as a row of bytes, as a network's inputs: the pictures that it is trained on and those that it is asked
 * about go the same way. Each byte is the mean over the area that it covers, computed in whole numbers and rounded once,
 * so a picture that has the form already stays as it is, byte for byte.
 */
import type { PictureShape } from '../network/layers.ts';
import { checkPicture, type Picture } from './picture.ts';

/** Of a picture with another aspect: `crop` takes the middle of it, `stretch` all of it. */
export const FITS = ['crop', 'stretch'] as const;

export interface PictureForm {
  height: number;
  width: number;
  /** 1: grey, 3: red, green and blue. */
  channels: 1 | 3;
  fit: (typeof FITS)[number];
}

/** Shape of a row: [height, width], of colour [height, width, 3]. */
export const shapeOfForm = ({ height, width, channels }: PictureForm): number[] =>
  channels === 1 ? [height, width] : [height, width, channels];

/** What such a row is to layers of pictures; null where a sample has another shape than a picture's. */
export function pictureShapeOf(shape: readonly number[]): PictureShape | null {
  const [height, width, channels = 1] = shape;
  if (height === undefined || width === undefined || shape.length > 3) return null;
  return [height, width, channels];
}

/** Luma of ITU-R BT.601 in thousandths. */
const LUMA = [299, 587, 114] as const;
const LUMA_SCALE = 1000;
const OPAQUE = 255;
/** What is behind transparent parts. */
const WHITE = 255;

/**
 * @returns height × width × channels bytes, 0–255, row-major, the colours of a pixel together
 * @throws RangeError when the data doesn't fit the picture's size
 */
export function pictureRow(picture: Picture, form: PictureForm): Uint8Array {
  checkPicture(picture);
  const { width, height, channels } = form;
  const window = form.fit === 'crop' ? middleOf(picture, form) : wholeOf(picture);
  const across = spread(window.width, width);
  const down = spread(window.height, height);
  const row = new Uint8Array(height * width * channels);
  const sums = new Float64Array(row.length);
  const line = new Float64Array(width * channels);
  for (let y = 0; y < window.height; y++) {
    sumLine(picture, window, y, form, across, line);
    for (let n = down.starts[y]!; n < down.starts[y + 1]!; n++) {
      const start = down.places[n]! * line.length;
      const share = down.shares[n]!;
      for (let i = 0; i < line.length; i++) sums[start + i]! += line[i]! * share;
    }
  }
  // At most 65,025 × 1000 × 16,777,216: a whole number that float64 has.
  const area = window.width * window.height * scaleOf(picture, form);
  for (let i = 0; i < row.length; i++) row[i] = Math.round(sums[i]! / area);
  return row;
}

interface Window {
  left: number;
  top: number;
  width: number;
  height: number;
}

const wholeOf = ({ width, height }: Picture): Window => ({ left: 0, top: 0, width, height });

/** The largest part in the middle that has the form's aspect, in whole pixels. */
function middleOf({ width, height }: Picture, form: PictureForm): Window {
  const w = Math.min(width, Math.max(1, Math.round((height * form.width) / form.height)));
  const h = Math.min(height, Math.max(1, Math.round((width * form.height) / form.width)));
  return { left: (width - w) >> 1, top: (height - h) >> 1, width: w, height: h };
}

const hasAlpha = ({ channels }: Picture): boolean => channels === 2 || channels === 4;
const isMixed = (picture: Picture, form: PictureForm): boolean => form.channels === 1 && picture.channels > 2;

/** What a level is multiplied by so that it is whole. */
const scaleOf = (picture: Picture, form: PictureForm): number =>
  (hasAlpha(picture) ? OPAQUE : 1) * (isMixed(picture, form) ? LUMA_SCALE : 1);

/** Sums of a line's levels by where they go, each weighted by how much of the pixel goes there. */
function sumLine(
  { channels, data, width }: Picture,
  window: Window,
  y: number,
  form: PictureForm,
  { starts, places, shares }: Spread,
  line: Float64Array,
): void {
  const colours = channels < 3 ? 1 : 3;
  const alphaAt = colours === channels ? undefined : colours;
  const isLuma = form.channels < colours;
  const levels = [0, 0, 0];
  line.fill(0);
  let at = ((window.top + y) * width + window.left) * channels;
  for (let x = 0; x < window.width; x++, at += channels) {
    for (let c = 0; c < 3; c++) levels[c] = data[colours === 1 ? at : at + c]!;
    if (alphaAt !== undefined) {
      const alpha = data[at + alphaAt]!;
      for (let c = 0; c < 3; c++) levels[c] = levels[c]! * alpha + WHITE * (OPAQUE - alpha);
    }
    if (isLuma) levels[0] = LUMA[0] * levels[0]! + LUMA[1] * levels[1]! + LUMA[2] * levels[2]!;
    for (let n = starts[x]!; n < starts[x + 1]!; n++) {
      const to = places[n]! * form.channels;
      const share = shares[n]!;
      for (let c = 0; c < form.channels; c++) line[to + c]! += share * levels[c]!;
    }
  }
}

/** Where the pixels of a line go: pixel i has the places and shares from starts[i] up to but not including starts[i + 1]. */
interface Spread {
  starts: Uint32Array;
  places: Uint32Array;
  shares: Float64Array;
}

/** Pixel i of `from` is the interval [i·to, (i + 1)·to], place j of `to` is [j·from, (j + 1)·from]; shares of a place sum to `from`. */
function spread(from: number, to: number): Spread {
  const starts = new Uint32Array(from + 1);
  const places: number[] = [];
  const shares: number[] = [];
  for (let index = 0; index < from; index++) {
    const [begin, end] = [index * to, (index + 1) * to];
    for (let place = Math.floor(begin / from); place * from < end; place++) {
      places.push(place);
      shares.push(Math.min(end, (place + 1) * from) - Math.max(begin, place * from));
    }
    starts[index + 1] = places.length;
  }
  return { starts, places: Uint32Array.from(places), shares: Float64Array.from(shares) };
}
