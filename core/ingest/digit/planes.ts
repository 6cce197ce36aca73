/** A picture in one plane, where it is grey, or in three, small enough to be looked at several times. */
import type { Picture } from '../picture.ts';

/** Bytes of one colour, [height, width]. */
export type Plane = Uint8Array;

export interface Planes {
  width: number;
  height: number;
  /** Grey, or red, green and blue. */
  planes: readonly Plane[];
}

/** What is looked at has no side longer than this: a digit that is a tenth of a large photo is still 80 pixels high. */
const LONGEST_SIDE = 800;
/** Colours that differ by less are grey: compression leaves a tint. */
const LEAST_COLOUR = 12;
const OPAQUE = 128;
/** A picture of which more is visible has a ground of its own. */
const OWN_GROUND = 0.55;

/**
 * Transparent parts are laid over a ground: of a picture that has a ground of its own over that, of ink alone over the
 * opposite of the ink, black or white. So edges that were mixed with another ground still lie between ink and ground.
 */
export function planesOf(picture: Picture): Planes {
  const { channels } = picture;
  const hasAlpha = channels === 2 || channels === 4;
  const colours = channels < 3 ? 1 : 3;
  const reduced = reduce(picture, colours, hasAlpha ? groundBehind(picture, colours) : undefined);
  if (colours === 1 || isColoured(reduced.planes)) return reduced;
  const [red, green, blue] = reduced.planes as [Plane, Plane, Plane];
  return { ...reduced, planes: [red.map((r, i) => luma(r, green[i]!, blue[i]!))] };
}

/** Luma of ITU-R BT.601 in thousandths; grey stays exactly what it is. */
export const luma = (r: number, g: number, b: number): number =>
  Math.round((299 * r + 587 * g + 114 * b) / 1000);

function isColoured([red, green, blue]: readonly Plane[]): boolean {
  return red!.some(
    (r, i) => Math.abs(r - green![i]!) >= LEAST_COLOUR || Math.abs(green![i]! - blue![i]!) >= LEAST_COLOUR,
  );
}

/** By colour, what is behind transparent parts. */
function groundBehind({ width, height, channels, data }: Picture, colours: number): number[] {
  const counts = Array.from({ length: colours + 1 }, () => new Uint32Array(256));
  const visible = (least: number): number => {
    let count = 0;
    for (let at = 0; at < data.length; at += channels) {
      if (data[at + channels - 1]! < least) continue;
      count++;
      for (let c = 0; c < colours; c++) counts[c]![data[at + c]!]!++;
      counts[colours]![colours === 1 ? data[at]! : luma(data[at]!, data[at + 1]!, data[at + 2]!)]!++;
    }
    return count;
  };
  // Ink that is faint all over still is what is visible.
  const count = visible(OPAQUE) || visible(1);
  if (count > OWN_GROUND * width * height) return counts.slice(0, colours).map((each) => median(each, count));
  return new Array<number>(colours).fill(median(counts[colours]!, count) < 128 ? 255 : 0);
}

/** Of values that were counted. */
export function median(counts: ArrayLike<number>, total: number): number {
  let level = 0;
  for (let seen = counts[0]!; seen * 2 < total; seen += counts[level]!) level++;
  return level;
}

/** Means over squares of pixels, as many as it takes. @param ground by colour; undefined without transparency */
function reduce(
  { width, height, channels, data }: Picture,
  colours: number,
  ground: number[] | undefined,
): Planes {
  const factor = Math.ceil(Math.max(width, height) / LONGEST_SIDE);
  const columns = Math.ceil(width / factor);
  const rows = Math.ceil(height / factor);
  const planes = Array.from({ length: colours }, () => new Uint8Array(columns * rows));
  const sums = new Float64Array(columns * colours);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    const end = Math.min(height, (row + 1) * factor);
    for (let y = row * factor; y < end; y++) {
      for (let x = 0, at = y * width * channels; x < width; x++, at += channels) {
        const to = Math.floor(x / factor) * colours;
        const alpha = ground === undefined ? 255 : data[at + channels - 1]!;
        for (let c = 0; c < colours; c++) {
          const level = data[at + c]!;
          sums[to + c]! +=
            alpha === 255 ? level : Math.round((level * alpha + ground![c]! * (255 - alpha)) / 255);
        }
      }
    }
    for (let column = 0; column < columns; column++) {
      const pixels = (end - row * factor) * (Math.min(width, (column + 1) * factor) - column * factor);
      for (let c = 0; c < colours; c++) {
        planes[c]![row * columns + column] = Math.round(sums[column * colours + c]! / pixels);
      }
    }
  }
  return { width: columns, height: rows, planes };
}

/** The part of it inside a box. */
export function crop({ width, planes }: Planes, { left, top, right, bottom }: Box): Planes {
  const [columns, rows] = [right - left + 1, bottom - top + 1];
  const cut = (plane: Plane) => {
    const part = new Uint8Array(columns * rows);
    for (let y = 0; y < rows; y++) {
      const from = (top + y) * width + left;
      part.set(plane.subarray(from, from + columns), y * columns);
    }
    return part;
  };
  return { width: columns, height: rows, planes: planes.map(cut) };
}

/** Both ends included. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
