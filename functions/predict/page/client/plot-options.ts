/** How plots are looked at: smoothed, by logarithm, and which epochs. */
import type { LinePlot } from '../../../plots/line-plot.ts';
import type { Point } from '../../../plots/svg.ts';

/** A range of x. */
export type Range = readonly [from: number, to: number];

export interface PlotOptions {
  /** Weight of what came before, from 0 (none) up to 1. */
  smoothing: number;
  /** Of losses. */
  isLog: boolean;
  /** All when undefined. */
  range: Range | undefined;
}

/** No closer than this part of the whole. */
const CLOSEST = 1 / 2000;
/** Above and below the curves of a part, of their height. */
const MARGIN = 0.06;

export function applyOptions(plot: LinePlot, { smoothing, isLog, range }: PlotOptions): LinePlot {
  const curves = plot.curves.map((curve) => ({ ...curve, points: smooth(curve.points, smoothing) }));
  const byLog = isLog && plot.yLabel === 'loss';
  const heights = curves.flatMap(({ points }) => visible(points, range)).filter((y) => !byLog || y > 0);
  const smoothed = { ...plot, curves, ...(range && { xMin: range[0], xMax: range[1], isPart: true }) };
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  if (heights.length === 0) return smoothed;
  if (byLog) return { ...smoothed, isLog: true, yMin: low, yMax: high };
  if (range === undefined) return smoothed;
  const margin = (high - low || Math.abs(high) || 1) * MARGIN;
  return { ...smoothed, yMin: low - margin, yMax: high + margin };
}

/**
 * Exponential moving averages without the pull towards 0 of the first ones, as TensorBoard has them. A value that is not
 * finite is left out of them.
 */
export function smooth(points: readonly Point[], weight: number): readonly Point[] {
  if (weight === 0) return points;
  let [average, weights] = [0, 0];
  return points.map(([x, y]): Point => {
    if (!Number.isFinite(y)) return [x, y];
    average = weight * average + (1 - weight) * y;
    weights = weight * weights + (1 - weight);
    return [x, average / weights];
  });
}

/**
 * @param factor of the width, below 1 to come closer
 * @param full from the first to the last x
 * @param centre stays where it is
 */
export function zoomed(
  range: Range | undefined,
  factor: number,
  full: Range,
  centre?: number,
): Range | undefined {
  const [from, to] = range ?? full;
  const whole = full[1] - full[0];
  const width = Math.max((to - from) * factor, whole * CLOSEST);
  if (width >= whole) return undefined;
  const at = centre === undefined || centre < from || centre > to ? (from + to) / 2 : centre;
  const start = at - ((at - from) / (to - from)) * width;
  const first = Math.min(Math.max(start, full[0]), full[1] - width);
  return [first, first + width];
}

/** Heights of what is seen of a curve, with those of the points on both sides that its lines lead to. */
function visible(points: readonly Point[], range: Range | undefined): number[] {
  const inside = (x: number | undefined) => x !== undefined && (!range || (x >= range[0] && x <= range[1]));
  const found = points.filter(([x]) => inside(x));
  // Between two points there is a line only.
  const shown = found.length > 0 || !range ? found : points.filter((_, at) => spans(points, at, range));
  return shown.map(([, y]) => y).filter(Number.isFinite);
}

const spans = (points: readonly Point[], at: number, [from, to]: Range) =>
  (points[at]![0] < from && (points[at + 1]?.[0] ?? from) > to) ||
  (points[at]![0] > to && (points[at - 1]?.[0] ?? to) < from);
