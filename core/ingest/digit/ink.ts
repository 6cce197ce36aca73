/** The ink of a digit in a picture, without what else is on it. */
import { type Contrast, contrastOf } from './contrast.ts';
import { grown, longer, ofDigit, type Part, partsOf } from './parts.ts';
import { type Box, crop, type Planes } from './planes.ts';
import { withoutRules } from './rules.ts';

/** Ink of each pixel, 0 for ground to 255, [height, width]. */
export interface Ink {
  width: number;
  height: number;
  levels: Uint8Array;
}

/** Least difference of levels between ink and ground; compression noise is below it. */
export const LEAST_CONTRAST = 24;
/** Ink fainter than this, of 255 for the strongest, is ground: noise, soft shadows. */
const INK_FLOOR = 48;
/** The outer share of a picture, each way, in which something else may be. */
const OUTER = 0.08;
/** Of what splits strong from weak, so much makes ink. */
const OF_SPLIT = 0.65;
/** Of all that is not ground, a strong group of less is dust. */
const LEAST_STRONG = 0.06;
/** Rules may be fainter by this factor. */
const FAINT = 0.6;
/** Without them something of this size is left, of the picture's shorter side. */
const LEAST_BESIDE_RULES = 0.1;
/** Of the digit's pixels so many are below the level that counts as the strongest. */
const STRONGEST = 0.8;
/** A part that fills so much of its box, and whose box so much of the picture, may be a sheet that the digit is on. */
const SHEET_FILL = 0.75;
const SHEET_SHARE = 0.25;
/** Of the sheet's shorter side, what is smaller is no digit, and how much of its edge is left out. */
const LEAST_ON_SHEET = 0.12;
const SHEET_EDGE = 0.03;

/**
 * The digit's ink; undefined in a picture without contrast.
 *
 * @param sheets that may lie on each other
 */
export function inkOf(picture: Planes, sheets = 2): Ink | undefined {
  const contrast = contrastOf(picture);
  if (most(contrast.levels) < LEAST_CONTRAST) return undefined;
  const { width, height } = picture;
  const threshold = thresholdOf(contrast);
  const mask = contrast.levels.map((level) => (level >= threshold ? 1 : 0));
  const faint = contrast.levels.map((level) =>
    level >= FAINT * threshold && level >= contrast.noise ? 1 : 0,
  );
  const ruled = withoutRules(mask, faint, width, height);
  const gap = Math.max(1, Math.round(Math.max(width, height) / 400));
  const shorter = Math.min(width, height);
  let found = partsOf(ruled, width, height, gap);
  // What goes through the whole picture may be all that there is.
  if (!found.parts.some((part) => longer(part) >= LEAST_BESIDE_RULES * shorter)) {
    found = partsOf(mask, width, height, gap);
  }
  const { labels, parts } = found;
  const isDigit = ofDigit(parts, shorter);
  const onSheet = sheets === 0 ? undefined : inkOnSheet(picture, parts, sheets - 1);
  if (onSheet !== undefined) return onSheet;
  const own = mask.map((_, i) => (labels[i]! >= 0 && isDigit[labels[i]!] ? 1 : 0));
  return levelled(contrast, own, mask);
}

/** The largest level. */
const most = (levels: Uint8Array): number => levels.reduce((a, b) => Math.max(a, b), 0);

/** What is ink, from the histogram of all that is not ground. */
function thresholdOf({ levels, noise, width, height }: Contrast): number {
  const least = Math.max(LEAST_CONTRAST / 2, noise);
  const counts = (outer: number): Uint32Array => {
    const result = new Uint32Array(256);
    for (let y = Math.floor(outer * height); y < height - Math.floor(outer * height); y++) {
      const row = y * width;
      const last = row + width - Math.floor(outer * width);
      for (let i = row + Math.floor(outer * width); i < last; i++) result[levels[i]!]!++;
    }
    return result;
  };
  // What is around the paper is often stronger than ink.
  const inner = counts(OUTER);
  const strongest = inner.findLastIndex((count) => count > 0);
  const isInside = strongest >= Math.max(LEAST_CONTRAST, least);
  const all = isInside ? inner : counts(0);
  const threshold = Math.round(OF_SPLIT * split(all, Math.floor(least)));
  return Math.min(Math.max(least, threshold), isInside ? strongest : most(levels));
}

/**
 * The level that splits those from `first` into two groups that differ most (N. Otsu, 1979). A strong group that is very
 * small is dust, and the rest is split again.
 */
function split(counts: Uint32Array, first: number): number {
  let end = 256;
  for (;;) {
    const { level, share } = splitBelow(counts, first, end);
    if (share >= LEAST_STRONG || level <= first + 1) return level;
    end = level;
  }
}

/** The same of those below `end`, and the strong group's share. */
function splitBelow(counts: Uint32Array, first: number, end: number): { level: number; share: number } {
  let total = 0;
  let sum = 0;
  for (let level = first; level < end; level++) {
    total += counts[level]!;
    sum += counts[level]! * level;
  }
  const found = { level: first, share: 1 };
  let [below, sumBelow, best] = [0, 0, -1];
  for (let level = first; level < end; level++) {
    below += counts[level]!;
    sumBelow += counts[level]! * level;
    if (below === 0 || below === total) continue;
    const difference = sumBelow / below - (sum - sumBelow) / (total - below);
    const between = below * (total - below) * difference * difference;
    if (between <= best) continue;
    best = between;
    found.level = level + 1;
    found.share = (total - below) / total;
  }
  return found;
}

/** What is on the largest part, when that is a sheet, and the rest of the picture what it lies on. */
function inkOnSheet(picture: Planes, parts: readonly Part[], sheets: number): Ink | undefined {
  const { box } = parts.reduce((most, part) => (part.area > most.area ? part : most));
  // A digit's loops are parts of their own.
  const area = parts.reduce((sum, part) => sum + (isWithin(part.box, box) ? part.area : 0), 0);
  const [width, height] = [box.right - box.left + 1, box.bottom - box.top + 1];
  const isSheet =
    area >= SHEET_FILL * width * height && width * height >= SHEET_SHARE * picture.width * picture.height;
  const margin = 2 + Math.round(SHEET_EDGE * Math.min(width, height));
  if (!isSheet || Math.min(width, height) <= 4 * margin) return undefined;
  const inner: Box = {
    left: box.left + margin,
    top: box.top + margin,
    right: box.right - margin,
    bottom: box.bottom - margin,
  };
  const ink = inkOf(crop(picture, inner), sheets);
  const found = ink && boxOf(ink);
  if (found === undefined) return undefined;
  const isAtEdge =
    found.left === 0 || found.top === 0 || found.right === ink!.width - 1 || found.bottom === ink!.height - 1;
  const isLarge = longer({ box: found }) >= LEAST_ON_SHEET * Math.min(ink!.width, ink!.height);
  return isLarge && !isAtEdge ? ink : undefined;
}

const isWithin = (a: Box, b: Box): boolean =>
  a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;

/** Levels up to 255 for the digit's strongest ink, with its soft edges. */
function levelled({ width, height, levels }: Contrast, own: Uint8Array, mask: Uint8Array): Ink {
  const counts = new Uint32Array(256);
  let total = 0;
  for (let i = 0; i < own.length; i++) {
    if (own[i] === 0) continue;
    counts[levels[i]!]!++;
    total++;
  }
  let strongest = 0;
  for (let seen = counts[0]!; seen < STRONGEST * total; seen += counts[strongest]!) strongest++;
  const near = grown(own, width, height, 2);
  const result = levels.map((level, i) => {
    // Soft edges are below the threshold; what is above it nearby is something else.
    if (near[i] === 0 || (mask[i] === 1 && own[i] === 0)) return 0;
    const ink = Math.min(255, Math.round((level * 255) / strongest));
    return ink < INK_FLOOR ? 0 : ink;
  });
  return { width, height, levels: result };
}

/** Box of the ink; undefined when there is none. */
export function boxOf({ width, height, levels }: Ink): Box | undefined {
  const box = { left: width, top: height, right: -1, bottom: -1 };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (levels[y * width + x] === 0) continue;
      if (x < box.left) box.left = x;
      if (x > box.right) box.right = x;
      if (y < box.top) box.top = y;
      box.bottom = y;
    }
  }
  return box.right < 0 ? undefined : box;
}
