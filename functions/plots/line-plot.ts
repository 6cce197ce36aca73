/**
 * A line plot as SVG, for the page and `npm run plot`. It looks like the textbook's plot of accuracies: y from 0 to its maximum, markers on the curves, legend at the lower right.
 */

import { type Colour, type Paint, type Point, Svg, type TextStyle } from './svg.ts';

export interface CurveStyle {
  colour: Colour;
  dashed: boolean;
  marker: 'circle' | 'square';
}

export interface Curve extends CurveStyle {
  points: readonly Point[];
  /** What it is called where its values are read. */
  name?: string;
}

export interface LinePlot {
  width: number;
  height: number;
  title?: string;
  xLabel: string;
  yLabel: string;
  /** The axes begin here or at the tick before; default 0. */
  xMin?: number;
  yMin?: number;
  /** The axes end here or at the next tick. */
  xMax: number;
  yMax: number;
  /** y by its logarithm; then yMin and yMax are above 0, and a point that is not interrupts its line. */
  isLog?: boolean;
  /** The axes show a part of the curves: what is beside it is cut off, and they begin and end right there. */
  isPart?: boolean;
  /** Points in the axes' units, by x; one that is not finite interrupts the line. */
  curves: readonly Curve[];
  /** Points of their own, without a line between them. */
  dots?: readonly { colour: Colour; points: readonly Point[] }[];
  legend: readonly (CurveStyle & { label: string })[];
}

const FONT_SIZE = 12;
/** Mean width of a character, which decides how wide the legend is. */
const CHARACTER_WIDTH = 0.58 * FONT_SIZE;
const MARGIN = { left: 52, right: 14, top: 14, bottom: 42 };
const TITLE_HEIGHT = 20;
const LEGEND = { row: 18, sample: 26, padding: 8, gap: 8 };
const CURVE_WIDTH = 1.75;
const MARKER_RADIUS = 3;
const DOT_RADIUS = 2;
const DASH = [6, 4];
/** From here on ticks are written as 10K, 2.5M: there is no room for more. */
const LARGE = 10_000;
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 4 });

/** Where a plot's points are in its picture, and what is at a place of it. */
export interface Layout {
  left: number;
  right: number;
  top: number;
  bottom: number;
  x: Axis;
  y: Axis;
  place(point: Point): Point;
  /** In the x axis' unit. @param px from the picture's left */
  xAt(px: number): number;
}

export function layoutPlot(plot: LinePlot): Layout {
  const { xMin = 0, yMin = 0, xMax, yMax, isPart = false } = plot;
  const x = axis(xMin, xMax, Math.max(2, Math.floor(plot.width / 70)), isPart);
  const y = plot.isLog === true ? logAxis(yMin, yMax) : axis(yMin, yMax, 5, isPart);
  const left = MARGIN.left;
  const right = plot.width - MARGIN.right;
  const top = MARGIN.top + (plot.title === undefined ? 0 : TITLE_HEIGHT);
  const bottom = plot.height - MARGIN.bottom;
  const scale = plot.isLog === true ? Math.log10 : (value: number) => value;
  const [low, high] = [scale(y.min), scale(y.max)];
  return {
    ...{ left, right, top, bottom, x, y },
    place: ([px, py]) => [
      left + ((px - x.min) / (x.max - x.min)) * (right - left),
      bottom - ((scale(isPart ? py : Math.min(py, y.max)) - low) / (high - low)) * (bottom - top),
    ],
    xAt: (px) => x.min + ((px - left) / (right - left)) * (x.max - x.min),
  };
}

export function drawPlot(plot: LinePlot, label: string, paint: Paint): string {
  const { x, y, left, right, top, bottom, place } = layoutPlot(plot);
  const svg = new Svg(paint);
  const text = (at: Point, content: string, style: Partial<TextStyle> = {}) =>
    svg.text(at, content, { size: FONT_SIZE, anchor: 'middle', colour: 'muted', ...style });

  for (const tick of y.ticks) {
    const [, at] = place([x.min, tick]);
    svg.line(
      [
        [left, at],
        [right, at],
      ],
      'grid',
    );
    text([left - 8, at + 4], y.format(tick), { anchor: 'end' });
  }
  for (const tick of x.ticks) {
    const [at] = place([tick, y.min]);
    svg.line(
      [
        [at, bottom],
        [at, bottom + 4],
      ],
      'muted',
    );
    text([at, bottom + 18], x.format(tick));
  }
  svg.line(
    [
      [left, bottom],
      [right, bottom],
    ],
    'muted',
  );
  text([(left + right) / 2, plot.height - 6], plot.xLabel, { colour: 'ink' });
  text([14, (top + bottom) / 2], plot.yLabel, { colour: 'ink', upright: true });
  if (plot.title !== undefined) text([left, MARGIN.top + 4], plot.title, { anchor: 'start', colour: 'ink' });
  if (plot.isPart === true) svg.openClip([left, top], right - left, bottom - top);
  for (const curve of plot.curves) drawCurve(svg, curve, place);
  if (plot.isPart === true) svg.closeClip();
  for (const { colour, points } of plot.dots ?? []) {
    for (const point of points) svg.circle(place(point), DOT_RADIUS, colour);
  }
  if (plot.legend.length > 0) drawLegend(svg, plot.legend, right - LEGEND.gap, bottom - LEGEND.gap);
  return svg.document(plot.width, plot.height, label);
}

function drawCurve(svg: Svg, curve: LinePlot['curves'][number], place: (point: Point) => Point): void {
  const pieces: Point[][] = [[]];
  for (const point of curve.points) {
    // Also the logarithm of what is 0 or below is not finite.
    const at = place(point);
    if (at.every(Number.isFinite)) pieces.at(-1)!.push(at);
    else pieces.push([]);
  }
  for (const points of pieces) drawStroke(svg, curve, points);
  for (const at of spaced(pieces.flat())) svg[curve.marker](at, MARKER_RADIUS, curve.colour);
}

function drawStroke(svg: Svg, { colour, dashed }: CurveStyle, points: readonly Point[]): void {
  svg.line(points, colour, CURVE_WIDTH, dashed ? DASH : undefined);
}

/** Without those points whose markers would touch the last one that is there. */
function spaced(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    const [x, y] = kept.at(-1) ?? [Number.NEGATIVE_INFINITY, 0];
    if (Math.hypot(point[0] - x, point[1] - y) >= 2.5 * MARKER_RADIUS) kept.push(point);
  }
  return kept;
}

function drawLegend(svg: Svg, legend: LinePlot['legend'], right: number, bottom: number): void {
  const longest = Math.max(...legend.map(({ label }) => label.length));
  const width = longest * CHARACTER_WIDTH + LEGEND.sample + 3 * LEGEND.padding;
  const height = legend.length * LEGEND.row + LEGEND.padding;
  const [left, top] = [right - width, bottom - height];
  svg.box([left, top], width, height, 'background', 'grid');
  legend.forEach((entry, index) => {
    const y = top + LEGEND.padding / 2 + (index + 0.5) * LEGEND.row;
    const from = left + LEGEND.padding;
    const to = from + LEGEND.sample;
    drawStroke(svg, entry, [
      [from, y],
      [to, y],
    ]);
    svg[entry.marker]([from + LEGEND.sample / 2, y], MARKER_RADIUS, entry.colour);
    svg.text([to + LEGEND.padding, y + 4], entry.label, { size: FONT_SIZE, anchor: 'start', colour: 'ink' });
  });
}

interface Axis {
  ticks: number[];
  min: number;
  max: number;
  format(tick: number): string;
}

/**
 * Ticks at multiples of 1, 2 or 5 times a power of ten, about `count` of them, which cover `min` and `max`, or with
 * `isExact` are between them.
 */
function axis(min: number, max: number, count: number, isExact: boolean): Axis {
  const raw = (max - min) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw * 0.999)!;
  const [first, last] = isExact
    ? [Math.ceil(min / step - 0.001), Math.floor(max / step + 0.001)]
    : [Math.floor(min / step + 0.001), Math.ceil(max / step - 0.001)];
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return {
    // Divided where the step is a fraction, which has no exact float of its own.
    ticks: Array.from({ length: last - first + 1 }, (_, index) =>
      Number(((first + index) * step).toFixed(digits)),
    ),
    min: isExact ? min : first * step,
    max: isExact ? max : last * step,
    format: (tick) => (Math.max(max, -min) >= LARGE ? COMPACT.format(tick) : tick.toFixed(digits)),
  };
}

/** Ticks at 1, 2 and 5 times powers of ten where there are few of them, else at powers of ten; both ends are ticks. */
function logAxis(min: number, max: number): Axis {
  const factors = max / min < 1000 ? [1, 2, 5] : [1];
  const [first, last] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))];
  const powers = Array.from({ length: last - first + 2 }, (_, index) => first + index);
  const all = powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)));
  const from = Math.max(
    0,
    all.findLastIndex((tick) => tick <= min * 1.001),
  );
  const to = all.findIndex((tick, index) => index > from && tick >= max * 0.999);
  const ticks = all.slice(from, to + 1);
  const format = (tick: number) => (tick >= LARGE ? COMPACT.format(tick) : String(tick));
  return { ticks, min: ticks[0]!, max: ticks.at(-1)!, format };
}
