/** How far each pixel is from the ground around it, in the direction in which the ink differs most. */
import { localGround } from './local-ground.ts';
import { median, type Plane, type Planes } from './planes.ts';

export interface Contrast {
  width: number;
  height: number;
  /** 0 for ground, and what is beyond it on the other side, to 255; [height, width]. */
  levels: Uint8Array;
  /** What levels of ground alone are below. */
  noise: number;
  /** Light and shadow were taken out. */
  isUneven: boolean;
}

/** Of the border's pixels, or of all, so many are as good as of one level where the ground is even. */
const EVEN_SHARE = 0.9;
const EVEN_RANGE = 12;
/** Of a picture that is noisier, the strongest is taken. */
const MOST_NOISE = 100;
/** A picture with a shorter side than this is too small to have shadows. */
const LEAST_UNEVEN = 24;

export function contrastOf(picture: Planes): Contrast {
  const { width, height, planes } = picture;
  const borders = planes.map((plane) => borderOf(plane, width, height));
  const isUneven = Math.min(width, height) >= LEAST_UNEVEN && borders.some(({ isEven }) => !isEven);
  const differences = isUneven
    ? localGround(picture)
    : planes.map((plane, c) => Int16Array.from(plane, (level) => level - borders[c]!.level));
  const levels = alongInk(differences);
  return {
    width,
    height,
    levels,
    noise: Math.min(noiseOf(levels), isUneven ? MOST_NOISE : EVEN_RANGE),
    isUneven,
  };
}

/** Median level of the outermost pixels: the ground, even where ink touches the edge. */
function borderOf(plane: Plane, width: number, height: number): { level: number; isEven: boolean } {
  const counts = new Uint32Array(256);
  let total = 0;
  const count = (i: number) => {
    counts[plane[i]!]!++;
    total++;
  };
  for (let x = 0; x < width; x++) {
    count(x);
    if (height > 1) count((height - 1) * width + x);
  }
  for (let y = 1; y < height - 1; y++) {
    count(y * width);
    if (width > 1) count(y * width + width - 1);
  }
  const level = median(counts, total);
  const near = counts.subarray(Math.max(0, level - EVEN_RANGE), level + EVEN_RANGE + 1);
  if (near.reduce((sum, each) => sum + each, 0) >= EVEN_SHARE * total) return { level, isEven: true };
  const all = plane.reduce((sum, each) => sum + (Math.abs(each - level) <= EVEN_RANGE ? 1 : 0), 0);
  return { level, isEven: all >= EVEN_SHARE * plane.length };
}

/**
 * Differences of colours as one number: along their mean direction, where each counts by the square of its size, because
 * ink differs more than anything else.
 *
 * @param differences by colour, [height, width]
 */
function alongInk(differences: readonly Int16Array[]): Uint8Array {
  const pixels = differences[0]!.length;
  const towards = differences.map(() => 0);
  for (let i = 0; i < pixels; i++) {
    let square = 0;
    for (const each of differences) square += each[i]! * each[i]!;
    for (let c = 0; c < towards.length; c++) towards[c]! += square * differences[c]![i]!;
  }
  const size = towards.reduce((sum, each) => sum + Math.abs(each), 0) || 1;
  const weights = towards.map((each) => each / size);
  const levels = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) {
    let level = 0;
    for (let c = 0; c < weights.length; c++) level += weights[c]! * differences[c]![i]!;
    levels[i] = Math.min(255, Math.max(0, Math.round(level)));
  }
  return levels;
}

/**
 * Somewhat more than three standard deviations, of which two thirds are what half of the pixels above 0 are below: most of
 * a picture is ground.
 */
function noiseOf(levels: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (let i = 0; i < levels.length; i++) counts[levels[i]!]!++;
  // Half of the ground is on the other side of its own level.
  const above = 0.75 * levels.length;
  let level = 0;
  for (let seen = counts[0]!; seen < above; seen += counts[level]!) level++;
  return 5 * level;
}
