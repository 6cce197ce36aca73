/** Connected parts of what may be ink, and which of them are the digit. */
import type { Box } from './planes.ts';

export interface Part {
  /** Pixels. */
  area: number;
  box: Box;
  /** It reaches the picture's edge. */
  isAtEdge: boolean;
}

/** A part counts when its longer side, or its area, is at least this share of the largest one's. */
const LEAST_SIDE = 0.14;
const LEAST_AREA = 0.1;
/** And when it is not further away than this share of the largest one's longer side. */
const FARTHEST = 0.4;
/** The largest part that doesn't reach the edge is the digit, if it is so long, of the picture's shorter side. */
const LEAST_INSIDE = 0.15;

export interface Parts {
  /** By pixel the part that it belongs to; -1 for ground. */
  labels: Int32Array;
  parts: Part[];
}

/**
 * Parts that are connected in any of eight directions, over gaps of `gap` pixels too.
 *
 * @param mask 1 where ink may be, [height, width]
 */
export function partsOf(mask: Uint8Array, width: number, height: number, gap: number): Parts {
  const wide = grown(mask, width, height, gap);
  const parents: number[] = [];
  const rootOf = (label: number): number => {
    let root = label;
    while (parents[root] !== root) root = parents[root]!;
    // The way is shorter next time.
    for (let at = label; at !== root; ) [at, parents[at]] = [parents[at]!, root];
    return root;
  };
  const labels = new Int32Array(width * height).fill(-1);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (wide[i] === 0) continue;
      let label = -1;
      const join = (other: number) => {
        if (other === -1) return;
        const root = rootOf(other);
        if (label === -1) label = root;
        else if (root !== label) {
          const [first, second] = root < label ? [root, label] : [label, root];
          parents[second] = first;
          label = first;
        }
      };
      if (x > 0) join(labels[i - 1]!);
      if (y > 0) {
        join(labels[i - width]!);
        if (x > 0) join(labels[i - width - 1]!);
        if (x + 1 < width) join(labels[i - width + 1]!);
      }
      if (label === -1) label = parents.push(parents.length) - 1;
      labels[i] = label;
    }
  }
  const numbers = new Map<number, number>();
  const parts: Part[] = [];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (mask[i] === 0) {
        labels[i] = -1;
        continue;
      }
      const root = rootOf(labels[i]!);
      let number = numbers.get(root);
      if (number === undefined) {
        number = parts.push({ area: 0, box: { left: x, top: y, right: x, bottom: y }, isAtEdge: false }) - 1;
        numbers.set(root, number);
      }
      const part = parts[number]!;
      part.area++;
      const { box } = part;
      if (x < box.left) box.left = x;
      if (x > box.right) box.right = x;
      box.bottom = y;
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) part.isAtEdge = true;
      labels[i] = number;
    }
  }
  return { labels, parts };
}

/** By part, whether it is of the digit: the largest, and what is large enough and near it. @param side the picture's shorter */
export function ofDigit(parts: readonly Part[], side: number): boolean[] {
  const inside = parts.filter((part) => !part.isAtEdge && longer(part) >= LEAST_INSIDE * side);
  const main = largest(inside) ?? largest(parts);
  if (main === undefined) return [];
  return parts.map((part) => {
    if (part === main) return true;
    if (part.isAtEdge && !main.isAtEdge) return false;
    const isLarge = longer(part) >= LEAST_SIDE * longer(main) || part.area >= LEAST_AREA * main.area;
    return isLarge && distance(part.box, main.box) <= FARTHEST * longer(main);
  });
}

/** A line through a picture is long, and a blot has many pixels: a digit has both. */
const sizeOf = (part: Part): number => part.area * longer(part);

const largest = (parts: readonly Part[]): Part | undefined =>
  parts.reduce<Part | undefined>(
    (most, part) => (most === undefined || sizeOf(part) > sizeOf(most) ? part : most),
    undefined,
  );

export const longer = ({ box }: { box: Box }): number =>
  Math.max(box.right - box.left, box.bottom - box.top) + 1;

const distance = (a: Box, b: Box): number =>
  Math.max(a.left - b.right, b.left - a.right, a.top - b.bottom, b.top - a.bottom, 0);

/** The mask with `reach` pixels more on every side. */
export function grown(mask: Uint8Array, width: number, height: number, reach: number): Uint8Array {
  let result = mask;
  for (let n = 0; n < reach; n++) {
    const next = new Uint8Array(mask.length);
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        if (result[i] === 0) continue;
        for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
          next.fill(1, ny * width + Math.max(0, x - 1), ny * width + Math.min(width - 1, x + 1) + 1);
        }
      }
    }
    result = next;
  }
  return result;
}
