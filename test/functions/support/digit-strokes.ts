/** Digits as people draw them: strokes in a square of side 1, y downwards. Two hands. */

export type Stroke = readonly (readonly [x: number, y: number])[];

/** Points on an ellipse from one angle to another; in turns, 0 at the right, a quarter at the bottom. */
function arc(cx: number, cy: number, rx: number, ry: number, from: number, to: number): Stroke {
  const steps = 12;
  return Array.from({ length: steps + 1 }, (_, step) => {
    const angle = 2 * Math.PI * (from + ((to - from) * step) / steps);
    return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)] as const;
  });
}

/** @param numbers x, y, x, y … */
const through = (...numbers: number[]): Stroke =>
  Array.from({ length: numbers.length / 2 }, (_, point) => [numbers[2 * point]!, numbers[2 * point + 1]!]);

const ROUND: readonly (readonly Stroke[])[] = [
  [arc(0.5, 0.5, 0.23, 0.34, -0.25, 0.75)],
  [through(0.52, 0.15, 0.5, 0.85)],
  [[...arc(0.5, 0.33, 0.2, 0.17, -0.5, 0.08), [0.3, 0.82], [0.74, 0.82]]],
  [[...arc(0.47, 0.32, 0.19, 0.16, -0.45, 0.25), ...arc(0.47, 0.66, 0.22, 0.18, -0.25, 0.42)]],
  [through(0.34, 0.18, 0.3, 0.52, 0.72, 0.5), through(0.68, 0.2, 0.64, 0.86)],
  [[[0.68, 0.18], [0.38, 0.2], [0.36, 0.46], ...arc(0.48, 0.64, 0.2, 0.19, -0.25, 0.4)]],
  [[[0.58, 0.14], [0.42, 0.34], [0.34, 0.6], ...arc(0.5, 0.67, 0.17, 0.16, 0.5, 1.5)]],
  [through(0.28, 0.22, 0.72, 0.2, 0.56, 0.5, 0.46, 0.86)],
  [[...arc(0.5, 0.32, 0.16, 0.16, 0.25, 1.25), ...arc(0.5, 0.67, 0.19, 0.19, -0.25, 0.75)]],
  [[...arc(0.5, 0.35, 0.17, 0.18, 0, 1), [0.67, 0.36], [0.62, 0.86]]],
];

/** The same digits by somebody who writes smaller, slanted and not in the middle. */
const SLANTED = ROUND.map((strokes) =>
  strokes.map(
    (stroke): Stroke => stroke.map(([x, y]) => [0.12 + 0.72 * (x + 0.18 * (0.5 - y)), 0.2 + 0.7 * y]),
  ),
);

/** [hand][digit] */
export const HANDS = [ROUND, SLANTED] as const;
