/** People who write digits: each has a hand of its own, and no digit comes out the same twice. */
import { cosSinOfTurns } from '../../../../core/math/elementary.ts';
import type { Draws } from '../draws.ts';
import { GLYPHS, type Point, type Stroke } from './glyphs.ts';

/** How somebody writes. */
export interface Hand {
  /** By digit, which of the ways to write it. */
  ways: readonly number[];
  /** To the right, per height. */
  slant: number;
  /** Width of a digit whose height is 1. */
  width: number;
  /** In turns, clockwise. */
  turn: number;
  /** How far points stray, of the height. */
  stray: number;
}

export const drawHand = (draws: Draws): Hand => ({
  ways: GLYPHS.map((ways) => draws.integer(0, ways.length - 1)),
  slant: 0.1 + 0.16 * draws.bell(),
  width: 0.7 + 0.11 * draws.bell(),
  turn: 0.012 * draws.bell(),
  stray: 0.02 + 0.02 * draws.uniform(),
});

/** Points between two of a stroke's. */
const STEPS = 8;

/** A digit as this hand writes it once: lines in a box 1 high, whose middle is at 0, 0. */
export function write(digit: number, hand: Hand, draws: Draws): Stroke[] {
  const [cos, sin] = cosSinOfTurns((hand.turn + 0.006 * draws.bell() + 1) % 1);
  const strayed = new Map<string, Point>();
  // A corner, and where strokes meet, is one point.
  const place = ([x, y]: Point): Point => {
    const key = `${x} ${y}`;
    const known = strayed.get(key);
    if (known !== undefined) return known;
    const ownX = (x - 0.5 + hand.stray * draws.bell()) * hand.width + hand.slant * (0.5 - y);
    const ownY = y - 0.5 + hand.stray * draws.bell();
    const point: Point = [ownX * cos - ownY * sin, ownX * sin + ownY * cos];
    strayed.set(key, point);
    return point;
  };
  return GLYPHS[digit]![hand.ways[digit]!]!.map((stroke) => smooth(stroke.map(place)));
}

/** The line that goes smoothly through the points (Catmull, Rom: A class of local interpolating splines, 1974). */
function smooth(points: Stroke): Stroke {
  const line: Point[] = [points[0]!];
  for (let i = 0; i + 1 < points.length; i++) {
    const [b, c] = [points[i]!, points[i + 1]!];
    const [a, d] = [points[i - 1] ?? b, points[i + 2] ?? c];
    for (let step = 1; step <= STEPS; step++) {
      const t = step / STEPS;
      line.push([0, 1].map((axis) => spline(a[axis]!, b[axis]!, c[axis]!, d[axis]!, t)) as unknown as Point);
    }
  }
  return line;
}

function spline(a: number, b: number, c: number, d: number, t: number): number {
  const [tangentB, tangentC] = [(c - a) / 2, (d - b) / 2];
  const t2 = t * t;
  const t3 = t2 * t;
  return (
    (2 * t3 - 3 * t2 + 1) * b + (t3 - 2 * t2 + t) * tangentB + (3 * t2 - 2 * t3) * c + (t3 - t2) * tangentC
  );
}
