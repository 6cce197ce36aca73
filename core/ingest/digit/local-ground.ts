/**
 * Differences from the ground where light is uneven: paper under a lamp, with a shadow on it. The ground is what is left
 * when everything narrower than a thick stroke is filled up (a grey closing, or opening for light ink; J. Serra: Image
 * Analysis and Mathematical Morphology, 1982), and then the mean around of what is no ink.
 */
import type { Plane, Planes } from './planes.ts';

/** Cells of the raster on which the ground is estimated, along the longer side. */
const CELLS = 128;
/** What is narrower than this share of the shorter side is no ground. */
const WIDEST_STROKE = 0.2;
/** Cells whose means are averaged, each way. */
const SMOOTH = 2;
/** And when it is to be known whether ink is darker than what is around it. */
const AROUND = 14;
/** The outer part of a picture may show what lies around the paper, and doesn't say whether ink is dark. */
const OUTER = 0.14;
/** Dark ink is compared under a light in which paper has this level. */
const PAPER = 200;
/** Of the ground's usual level, darker grounds than this are not made up for. */
const DARKEST = 0.24;
/** A pixel that differs by more is ink when the means are taken. */
const INK = 20;

interface Raster {
  columns: number;
  rows: number;
  /** Pixels of a cell's side. */
  cell: number;
}

/** By colour, what each pixel differs by from the ground, as it would under full light, [height, width]. */
export function localGround(picture: Planes): Int16Array[] {
  const { width, height, planes } = picture;
  const cell = Math.ceil(Math.max(width, height) / CELLS);
  const raster = { cell, columns: Math.ceil(width / cell), rows: Math.ceil(height / cell) };
  const means = planes.map((plane) => cellMeans(plane, undefined, picture, raster).levels);
  const reach = Math.max(1, Math.round((WIDEST_STROKE * Math.min(width, height)) / cell / 2));
  const sign = inkSign(planes[0]!, picture, raster);
  const lights = means.map((each) => (sign < 0 ? PAPER : usual(each)));
  const filled = means.map((each) => close(each, raster, reach, -sign));
  const grounds = filled.map((each) => spread(each, picture, raster));
  // Twice: with the ink known, the ground is known better.
  for (let round = 0; round < 2; round++) {
    const isInk = new Uint8Array(width * height);
    planes.forEach((plane, c) => {
      const ground = grounds[c]!;
      for (let i = 0; i < isInk.length; i++) {
        if (underLight(sign * (plane[i]! - ground[i]!), ground[i]!, lights[c]!) > INK) isInk[i] = 1;
      }
    });
    planes.forEach((plane, c) => {
      const { levels, counts } = cellMeans(plane, isInk, picture, raster);
      grounds[c] = spread(smoothed(levels, counts, filled[c]!, raster, SMOOTH), picture, raster);
    });
  }
  return planes.map((plane, c) =>
    Int16Array.from(plane, (level, i) => underLight(level - grounds[c]![i]!, grounds[c]![i]!, lights[c]!)),
  );
}

/** The difference as it would be if the ground had the level `light`. */
const underLight = (difference: number, ground: number, light: number): number =>
  Math.round((difference * light) / Math.max(ground, DARKEST * light));

/** Median, 1 at least. */
const usual = (levels: Float32Array): number => Math.max(1, levels.toSorted()[levels.length >> 1]!);

/**
 * 1 where ink is lighter than what is around it, -1 where it is darker: the sum of cubes, in which few large differences
 * weigh more than many small ones.
 */
function inkSign(plane: Plane, picture: Planes, raster: Raster): 1 | -1 {
  const { width, height } = picture;
  const { levels, counts } = cellMeans(plane, undefined, picture, raster);
  const around = spread(smoothed(levels, counts, levels, raster, AROUND), picture, raster);
  const marginX = Math.floor(OUTER * width);
  const marginY = Math.floor(OUTER * height);
  let sum = 0;
  for (let y = marginY; y < height - marginY; y++) {
    for (let x = marginX; x < width - marginX; x++) {
      const i = y * width + x;
      const difference = underLight(plane[i]! - around[i]!, around[i]!, PAPER);
      sum += difference * difference * difference;
    }
  }
  return sum > 0 ? 1 : -1;
}

/** Means of the cells' pixels that are no ink, and how many those are. */
function cellMeans(
  plane: Plane,
  isInk: Uint8Array | undefined,
  { width, height }: Planes,
  { cell, columns, rows }: Raster,
): { levels: Float32Array; counts: Uint32Array } {
  const sums = new Float64Array(columns * rows);
  const counts = new Uint32Array(columns * rows);
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(y / cell) * columns;
    for (let x = 0; x < width; x++, i++) {
      if (isInk !== undefined && isInk[i] === 1) continue;
      const at = row + Math.floor(x / cell);
      sums[at]! += plane[i]!;
      counts[at]!++;
    }
  }
  return { levels: Float32Array.from(sums, (sum, at) => (counts[at] === 0 ? 0 : sum / counts[at]!)), counts };
}

/** Grey closing by a square (sign 1), or opening (sign -1). */
function close(levels: Float32Array, raster: Raster, reach: number, sign: number): Float32Array {
  const signed = levels.map((level) => sign * level);
  const grown = extreme(extreme(signed, raster, reach, true), raster, reach, false);
  const back = extreme(
    extreme(
      grown.map((level) => -level),
      raster,
      reach,
      true,
    ),
    raster,
    reach,
    false,
  );
  return back.map((level) => -sign * level);
}

/** Largest of the cells within reach, along rows or columns. */
function extreme(
  levels: Float32Array,
  { columns, rows }: Raster,
  reach: number,
  isAlongRow: boolean,
): Float32Array {
  const result = new Float32Array(levels.length);
  const [length, step] = isAlongRow ? [columns, 1] : [rows, columns];
  const lines = isAlongRow ? rows : columns;
  for (let line = 0; line < lines; line++) {
    const start = isAlongRow ? line * columns : line;
    for (let at = 0; at < length; at++) {
      let most = Number.NEGATIVE_INFINITY;
      const last = Math.min(length - 1, at + reach);
      for (let other = Math.max(0, at - reach); other <= last; other++) {
        const level = levels[start + other * step]!;
        if (level > most) most = level;
      }
      result[start + at * step] = most;
    }
  }
  return result;
}

/** Means over the cells around, each counted by its pixels; where there are none, `otherwise`. */
function smoothed(
  levels: Float32Array,
  counts: Uint32Array,
  otherwise: Float32Array,
  { columns, rows }: Raster,
  reach: number,
): Float32Array {
  const result = new Float32Array(levels.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      let count = 0;
      for (let y = Math.max(0, row - reach); y <= Math.min(rows - 1, row + reach); y++) {
        for (let x = Math.max(0, column - reach); x <= Math.min(columns - 1, column + reach); x++) {
          const at = y * columns + x;
          sum += levels[at]! * counts[at]!;
          count += counts[at]!;
        }
      }
      result[row * columns + column] = count === 0 ? otherwise[row * columns + column]! : sum / count;
    }
  }
  return result;
}

/** From cells to pixels, linearly between the cells' middles. */
function spread(
  levels: Float32Array,
  { width, height }: Planes,
  { cell, columns, rows }: Raster,
): Float32Array {
  const result = new Float32Array(width * height);
  const across = places(width, cell, columns);
  const down = places(height, cell, rows);
  for (let y = 0, i = 0; y < height; y++) {
    const top = down.cells[y]! * columns;
    const bottom = Math.min(rows - 1, down.cells[y]! + 1) * columns;
    const share = down.shares[y]!;
    for (let x = 0; x < width; x++, i++) {
      const left = across.cells[x]!;
      const right = left + 1 < columns ? left + 1 : left;
      const along = across.shares[x]!;
      const above = levels[top + left]! * (1 - along) + levels[top + right]! * along;
      const below = levels[bottom + left]! * (1 - along) + levels[bottom + right]! * along;
      result[i] = above * (1 - share) + below * share;
    }
  }
  return result;
}

/** By pixel the cell whose middle is before it, and the next cell's share. */
function places(pixels: number, cell: number, cells: number): { cells: Int32Array; shares: Float32Array } {
  const result = { cells: new Int32Array(pixels), shares: new Float32Array(pixels) };
  for (let pixel = 0; pixel < pixels; pixel++) {
    const at = Math.min(cells - 1, Math.max(0, (pixel + 0.5) / cell - 0.5));
    result.cells[pixel] = Math.floor(at);
    result.shares[pixel] = at - Math.floor(at);
  }
  return result;
}
