/**
 * Rules of paper: thin lines from one side of a picture to the other, nearly level or upright, which a digit stands on or
 * is crossed by. They are found as peaks of votes for lines (P. Hough, 1962) and taken away where nothing crosses them.
 */

/** Level and upright lines may be out by this share of their length. */
const MOST_TILT = 0.07;
/** Of a rule's length so much is seen, and of its first and last parts, which a digit doesn't reach. */
const LEAST_SEEN = 0.6;
const END_PART = 0.12;
const LEAST_SEEN_AT_END = 0.4;
/** Rules are no thicker than this share of the picture's shorter side, or some pixels. */
const MOST_THICK = 0.02;
const LEAST_THICK = 3;
/** More than this is no page with some lines on it. */
const MOST_RULES = 60;
const MOST_INKED = 0.4;

/** Places along a line and across it, in a picture as it is or turned. */
interface View {
  length: number;
  across: number;
  at(place: number, across: number): number;
}

interface Line {
  /** Where it begins, across, and how far it goes until its end. */
  start: number;
  rise: number;
}

/**
 * @param mask 1 where the ink is strong enough for a digit
 * @param faint 1 where it may be a rule's
 * @returns the mask without rules
 */
export function withoutRules(mask: Uint8Array, faint: Uint8Array, width: number, height: number): Uint8Array {
  const inked = faint.reduce((sum, each) => sum + each, 0);
  if (inked === 0 || inked > MOST_INKED * faint.length) return mask;
  const views: View[] = [
    { length: width, across: height, at: (place, across) => across * width + place },
    { length: height, across: width, at: (place, across) => place * width + across },
  ];
  const result = mask.slice();
  const thickest = Math.max(LEAST_THICK, Math.round(MOST_THICK * Math.min(width, height)));
  for (const view of views) {
    for (const line of linesIn(faint, view)) takeAway(result, mask, line, view, thickest);
  }
  return result;
}

/** Lines that are seen from end to end. */
function linesIn(faint: Uint8Array, { length, across, at }: View): Line[] {
  const tilt = Math.round(MOST_TILT * length);
  const starts = across + 2 * tilt;
  const votes = new Uint32Array((2 * tilt + 1) * starts);
  for (let place = 0; place < length; place++) {
    const part = place / Math.max(1, length - 1);
    for (let y = 0; y < across; y++) {
      if (faint[at(place, y)] === 0) continue;
      for (let rise = -tilt; rise <= tilt; rise++) {
        votes[(rise + tilt) * starts + y + tilt - Math.round(rise * part)]!++;
      }
    }
  }
  const lines: Line[] = [];
  while (lines.length < MOST_RULES) {
    let best = 0;
    for (let i = 1; i < votes.length; i++) if (votes[i]! > votes[best]!) best = i;
    if (votes[best]! < LEAST_SEEN * length) return lines;
    const line = { start: (best % starts) - tilt, rise: Math.floor(best / starts) - tilt };
    if (isSeen(faint, line, { length, across, at })) lines.push(line);
    forget(votes, line, tilt, starts);
  }
  return lines;
}

const placeOn = ({ start, rise }: Line, place: number, length: number): number =>
  start + Math.round((rise * place) / Math.max(1, length - 1));

/** Whether its whole length is seen, and its ends are. */
function isSeen(faint: Uint8Array, line: Line, { length, across, at }: View): boolean {
  const isInk = (place: number, y: number) => y >= 0 && y < across && faint[at(place, y)] === 1;
  const seen = (from: number, to: number): number => {
    let count = 0;
    for (let place = from; place < to; place++) {
      const y = placeOn(line, place, length);
      if (isInk(place, y) || isInk(place, y - 1) || isInk(place, y + 1)) count++;
    }
    return count / Math.max(1, to - from);
  };
  const end = Math.max(1, Math.round(END_PART * length));
  return (
    seen(0, length) >= LEAST_SEEN &&
    seen(0, end) >= LEAST_SEEN_AT_END &&
    seen(length - end, length) >= LEAST_SEEN_AT_END
  );
}

/** Votes for this line and those that lie on it. */
function forget(votes: Uint32Array, { start, rise }: Line, tilt: number, starts: number): void {
  for (let other = 0; other <= 2 * tilt; other++) {
    // The two begin and end within a few pixels of each other.
    const apart = other - tilt - rise;
    const from = Math.min(start, start - apart) - 3 + tilt;
    const to = Math.max(start, start - apart) + 3 + tilt;
    votes.fill(0, other * starts + Math.max(0, from), other * starts + Math.min(starts, to + 1));
  }
}

/** Where the ink across the line is no thicker than a rule. */
function takeAway(result: Uint8Array, mask: Uint8Array, line: Line, view: View, thickest: number): void {
  const { length, across, at } = view;
  for (let place = 0; place < length; place++) {
    const y = placeOn(line, place, length);
    for (const begin of [y, y - 1, y + 1]) {
      if (begin < 0 || begin >= across || mask[at(place, begin)] === 0) continue;
      let top = begin;
      let bottom = begin;
      while (top > 0 && mask[at(place, top - 1)] === 1 && begin - top <= thickest) top--;
      while (bottom + 1 < across && mask[at(place, bottom + 1)] === 1 && bottom - begin <= thickest) bottom++;
      if (bottom - top + 1 > thickest) break;
      for (let each = top; each <= bottom; each++) result[at(place, each)] = 0;
      break;
    }
  }
}
