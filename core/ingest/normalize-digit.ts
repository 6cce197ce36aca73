/**
 * Any picture of one digit as MNIST has them (Y. LeCun, C. Cortes, C. Burges: "The MNIST database of handwritten
 * digits"): light ink on a dark ground, its box scaled into 20 × 20 keeping the aspect, with grey levels from area
 * averaging, and placed in 28 × 28 with the centre of mass in the centre.
 */
import { DatasetError } from '../errors.ts';
import { boxOf, type Ink, inkOf, LEAST_CONTRAST } from './digit/ink.ts';
import { type Box, median, planesOf } from './digit/planes.ts';
import { checkPicture, type Picture } from './picture.ts';

/** Side of an MNIST image. */
export const DIGIT_SIDE = 28;
/** The ink's box has this as its longer side. */
const BOX_SIDE = 20;
/** Of all 70,000 images of MNIST the longer side of the ink is this or BOX_SIDE. */
const SHORTEST_BOX = BOX_SIDE - 1;
/** Pixel index that the centre of mass is moved to, and how far off MNIST's own are; the furthest is 0.52 away. */
const CENTRE = DIGIT_SIDE / 2;
const CENTRE_TOLERANCE = 0.55;
/**
 * The 28 × 28 pixels that a network trained on MNIST expects, 0–255, row-major. A grey 28 × 28 picture that already
 * has MNIST's form (ink's longer side 19 or 20, centre of mass within 0.55 of pixel index 14) is answered byte for
 * byte, or exactly inverted when its ground is white.
 *
 * @throws DatasetError when there is no ink: all pixels are about equal
 * @throws RangeError when the data doesn't fit the picture's size
 */
export function normalizeDigit(picture: Picture): Uint8Array {
  checkPicture(picture);
  const planes = planesOf(picture);
  if (planes.planes.length === 1) {
    const asIs = unchanged(planes.planes[0]!, planes.width, planes.height);
    if (asIs !== undefined) return asIs;
  }
  const ink = inkOf(planes);
  if (ink === undefined) throw new DatasetError(tooFaint(planes.planes[0]!));
  return place(shrink(ink, boxOf(ink)!));
}

function tooFaint(plane: Uint8Array): string {
  const { low, high } = extremes(plane);
  const got = `grey levels from ${low} to ${high}`;
  return `image: got ${got}, expected ink that differs by ${LEAST_CONTRAST} of 255 at least`;
}

function extremes(values: Uint8Array): { low: number; high: number } {
  let low = 255;
  let high = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i]! < low) low = values[i]!;
    if (values[i]! > high) high = values[i]!;
  }
  return { low, high };
}

/** Median grey level of the outermost pixels: the ground, even where ink touches the edge. */
function borderLevel(grey: Uint8Array, width: number, height: number): number {
  const counts = new Uint32Array(256);
  let total = 0;
  const count = (i: number) => {
    counts[grey[i]!]!++;
    total++;
  };
  for (let x = 0; x < width; x++) {
    count(x);
    count((height - 1) * width + x);
  }
  for (let y = 1; y < height - 1; y++) {
    count(y * width);
    count(y * width + width - 1);
  }
  return median(counts, total);
}

/** The picture itself, or its negative, when it has MNIST's form. */
function unchanged(grey: Uint8Array, width: number, height: number): Uint8Array | undefined {
  if (width !== DIGIT_SIDE || height !== DIGIT_SIDE) return undefined;
  const { low, high } = extremes(grey);
  const ground = borderLevel(grey, width, height);
  const isLightInk = high - ground >= ground - low;
  const levels = isLightInk ? grey : grey.map((level) => 255 - level);
  const ink = { width, height, levels };
  const box = boxOf(ink);
  if (box === undefined) return undefined;
  const longer = Math.max(box.right - box.left, box.bottom - box.top) + 1;
  if (longer < SHORTEST_BOX || longer > BOX_SIDE) return undefined;
  const { x, y } = centreOfMass(ink);
  const isCentred = Math.abs(x - CENTRE) <= CENTRE_TOLERANCE && Math.abs(y - CENTRE) <= CENTRE_TOLERANCE;
  return isCentred ? levels : undefined;
}

/**
 * The box's ink as an image whose longer side is BOX_SIDE: each pixel is the mean over the area that it covers, and
 * all are scaled so that the strongest is 255, as it is in MNIST however thin the pen was.
 */
function shrink({ width, levels }: Ink, box: Box): Ink {
  const boxWidth = box.right - box.left + 1;
  const boxHeight = box.bottom - box.top + 1;
  const scale = BOX_SIDE / Math.max(boxWidth, boxHeight);
  const columns = Math.max(1, Math.round(boxWidth * scale));
  const rows = Math.max(1, Math.round(boxHeight * scale));
  const sums = new Float64Array(columns * rows);
  const line = new Float64Array(columns);
  for (let y = 0; y < boxHeight; y++) {
    const from = (box.top + y) * width + box.left;
    averageLine(levels.subarray(from, from + boxWidth), line);
    // The rows that this one reaches into: one or two where the box shrinks, several where it grows.
    const last = Math.min(rows, Math.ceil(((y + 1) * rows) / boxHeight));
    for (let row = Math.floor((y * rows) / boxHeight); row < last; row++) {
      const share = overlap(y, row, boxHeight / rows);
      for (let x = 0; x < columns; x++) sums[row * columns + x]! += line[x]! * share;
    }
  }
  const strongest = sums.reduce((most, sum) => Math.max(most, sum), 0);
  return {
    width: columns,
    height: rows,
    levels: Uint8Array.from(sums, (sum) => Math.round((sum * 255) / strongest)),
  };
}

/** Averages a line of pixels into `line`, by the area that each of its pixels covers. */
function averageLine(pixels: Uint8Array, line: Float64Array): void {
  const size = pixels.length / line.length;
  for (let x = 0; x < line.length; x++) {
    let sum = 0;
    const end = Math.min(pixels.length, Math.ceil((x + 1) * size));
    for (let i = Math.floor(x * size); i < end; i++) sum += pixels[i]! * overlap(i, x, size);
    line[x] = sum;
  }
}

/** How much of the interval [index·size, (index + 1)·size] the pixel [pixel, pixel + 1] is, from 0 to 1. */
function overlap(pixel: number, index: number, size: number): number {
  const begin = Math.max(pixel, index * size);
  const end = Math.min(pixel + 1, (index + 1) * size);
  return Math.max(0, end - begin) / size;
}

/** Mean pixel index of the ink. */
function centreOfMass({ width, levels }: Ink): { x: number; y: number } {
  let mass = 0;
  let x = 0;
  let y = 0;
  levels.forEach((level, i) => {
    mass += level;
    x += level * (i % width);
    y += level * Math.floor(i / width);
  });
  return { x: x / mass, y: y / mass };
}

/** The ink in 28 × 28, its centre of mass in the centre as far as its box allows without leaving the image. */
function place(ink: Ink): Uint8Array {
  const centre = centreOfMass(ink);
  const start = (mean: number, size: number) =>
    Math.min(Math.max(CENTRE - Math.round(mean), 0), DIGIT_SIDE - size);
  const left = start(centre.x, ink.width);
  const top = start(centre.y, ink.height);
  const pixels = new Uint8Array(DIGIT_SIDE * DIGIT_SIDE);
  for (let y = 0; y < ink.height; y++) {
    const row = ink.levels.subarray(y * ink.width, (y + 1) * ink.width);
    pixels.set(row, (top + y) * DIGIT_SIDE + left);
  }
  return pixels;
}
