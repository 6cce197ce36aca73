/** What plain drawings and photos of a digit have in common: a digit somewhere on a raster, and ink mixed into a ground. */
import type { Draws } from '../draws.ts';
import type { Point, Stroke } from './glyphs.ts';
import type { Hand } from './hands.ts';
import { write } from './hands.ts';

/** A picture of a digit. */
export interface DigitPicture {
  digit: number;
  width: number;
  height: number;
  /** [height, width, channels] */
  channels: 3 | 4;
  data: Uint8Array;
  /** What is on it, in a few words: for who looks at those that were not read. */
  what: string;
}

export type Colour = readonly [red: number, green: number, blue: number];

export interface Written {
  strokes: Stroke[];
  /** Of the digit, in pixels. */
  height: number;
}

/**
 * A digit somewhere on a raster of this size, with some of the ground on every side.
 *
 * @param share of the raster that the digit takes, of its shorter side
 */
export function writeOn(
  size: { width: number; height: number },
  share: number,
  digit: number,
  hand: Hand,
  draws: Draws,
): Written {
  const strokes = write(digit, hand, draws);
  const points = strokes.flat();
  const [left, right] = extent(points.map(([x]) => x));
  const [top, bottom] = extent(points.map(([, y]) => y));
  const scale = (share * Math.min(size.width, size.height)) / Math.max(bottom - top, right - left);
  // Its middle is anywhere between being at the margin on one side and on the other.
  const margin = 0.08;
  const somewhere = (length: number, extent: number) => {
    const free = Math.max(0, length * (1 - 2 * margin) - extent * scale);
    return length * margin + draws.uniform() * free;
  };
  const x = somewhere(size.width, right - left) - left * scale;
  const y = somewhere(size.height, bottom - top) - top * scale;
  const place = ([px, py]: Point): Point => [x + px * scale, y + py * scale];
  return { strokes: strokes.map((stroke) => stroke.map(place)), height: (bottom - top) * scale };
}

const extent = (values: readonly number[]): [number, number] => [Math.min(...values), Math.max(...values)];

export const between = (draws: Draws, low: number, high: number): number =>
  low + (high - low) * draws.uniform();

/** Whole numbers that are as likely to be twice the least as half the most. */
export function sizeBetween(draws: Draws, low: number, high: number): number {
  const [a, b] = [draws.uniform(), draws.uniform()];
  // The smaller of two is more often near the least.
  return Math.round(low + (high - low) * Math.min(a, b));
}

export const byte = (value: number): number => Math.min(255, Math.max(0, Math.round(value)));
