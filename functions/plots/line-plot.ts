/**
 * A line plot as SVG, for the page and `npm run plot`. It looks like the textbook's plot of accuracies: y from 0 to its maximum, markers on the curves, legend at the lower right.
 */

import { type Colour, type Paint, type Point, Svg, type TextStyle } from './svg.ts';

export interface CurveStyle {
  colour: Colour;
  dashed: boolean;
  marker: 'circle' | 'square';
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
  /** Points in the axes' units, by x; one that is not finite interrupts the line. */
  curves: readonly (CurveStyle & { points: readonly Point[] })[];
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

export function drawPlot(plot: LinePlot, label: string, paint: Paint): string {
  const x = axis(plot.xMin ?? 0, plot.xMax, Math.max(2, Math.floor(plot.width / 70)));
  const y = axis(plot.yMin ?? 0, plot.yMax, 5);
  const left = MARGIN.left;
  const right = plot.width - MARGIN.right;
  const top = MARGIN.top + (plot.title === undefined ? 0 : TITLE_HEIGHT);
  const bottom = plot.height - MARGIN.bottom;
  const place = ([px, py]: Point): Point => [
    left + ((px - x.min) / (x.max - x.min)) * (right - left),
    bottom - ((Math.min(py, y.max) - y.min) / (y.max - y.min)) * (bottom - top),
  ];
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
  for (const curve of plot.curves) drawCurve(svg, curve, place);
  for (const { colour, points } of plot.dots ?? []) {
    for (const point of points) svg.circle(place(point), DOT_RADIUS, colour);
  }
  if (plot.legend.length > 0) drawLegend(svg, plot.legend, right - LEGEND.gap, bottom - LEGEND.gap);
  return svg.document(plot.width, plot.height, label);
}

function drawCurve(svg: Svg, curve: LinePlot['curves'][number], place: (point: Point) => Point): void {
  const pieces: Point[][] = [[]];
  for (const point of curve.points) {
    if (point.every(Number.isFinite)) pieces.at(-1)!.push(place(point));
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

/** Ticks at multiples of 1, 2 or 5 times a power of ten, about `count` of them, which cover `min` and `max`. */
function axis(min: number, max: number, count: number): Axis {
  const raw = (max - min) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw * 0.999)!;
  const first = Math.floor(min / step + 0.001);
  const last = Math.ceil(max / step - 0.001);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return {
    // Divided where the step is a fraction, which has no exact float of its own.
    ticks: Array.from({ length: last - first + 1 }, (_, index) =>
      Number(((first + index) * step).toFixed(digits)),
    ),
    min: first * step,
    max: last * step,
    format: (tick) => (Math.max(max, -min) >= LARGE ? COMPACT.format(tick) : tick.toFixed(digits)),
  };
}
