/**
 * A line plot as shapes in pixels, which svg.ts writes for the page and `npm run plot`. It looks like the textbook's plot
 * of accuracies: y from 0 to its maximum, markers on the curves, legend at the lower right.
 */

/** Index of a curve's colour, or one of the plot's own; whoever draws knows what they look like. */
export type Colour = number | 'ink' | 'muted' | 'grid' | 'background';
export type Point = readonly [x: number, y: number];
export type Marker = 'circle' | 'square';

export type Shape =
  | { kind: 'line'; points: readonly Point[]; colour: Colour; width: number; dash?: readonly number[] }
  | { kind: 'marker'; at: Point; marker: Marker; radius: number; colour: Colour }
  | { kind: 'box'; at: Point; width: number; height: number; fill: Colour; border: Colour }
  | {
      kind: 'text';
      /** Of the baseline, where `anchor` says. */
      at: Point;
      text: string;
      size: number;
      anchor: 'start' | 'middle' | 'end';
      colour: Colour;
      /** Read from bottom to top. */
      upright?: true;
    };

export interface Scene {
  width: number;
  height: number;
  shapes: Shape[];
}

export interface CurveStyle {
  colour: Colour;
  dashed: boolean;
  marker: Marker;
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

export function linePlot(plot: LinePlot): Scene {
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
  const shapes: Shape[] = [];
  const line = (points: readonly Point[], colour: Colour) =>
    shapes.push({ kind: 'line', points, colour, width: 1 });
  const text = (at: Point, content: string, more: Partial<Extract<Shape, { kind: 'text' }>> = {}) =>
    shapes.push({
      kind: 'text',
      at,
      text: content,
      size: FONT_SIZE,
      anchor: 'middle',
      colour: 'muted',
      ...more,
    });

  for (const tick of y.ticks) {
    const [, at] = place([x.min, tick]);
    line(lineBetween([left, at], [right, at]), 'grid');
    text([left - 8, at + 4], y.format(tick), { anchor: 'end' });
  }
  for (const tick of x.ticks) {
    const [at] = place([tick, y.min]);
    line(lineBetween([at, bottom], [at, bottom + 4]), 'muted');
    text([at, bottom + 18], x.format(tick));
  }
  line(lineBetween([left, bottom], [right, bottom]), 'muted');
  text([(left + right) / 2, plot.height - 6], plot.xLabel, { colour: 'ink' });
  text([14, (top + bottom) / 2], plot.yLabel, { colour: 'ink', upright: true });
  if (plot.title !== undefined) text([left, MARGIN.top + 4], plot.title, { anchor: 'start', colour: 'ink' });
  for (const curve of plot.curves) shapes.push(...drawCurve(curve, place));
  for (const { colour, points } of plot.dots ?? []) {
    for (const point of points) {
      shapes.push({ kind: 'marker', at: place(point), marker: 'circle', radius: DOT_RADIUS, colour });
    }
  }
  if (plot.legend.length > 0)
    shapes.push(...drawLegend(plot.legend, right - LEGEND.gap, bottom - LEGEND.gap));
  return { width: plot.width, height: plot.height, shapes };
}

const lineBetween = (a: Point, b: Point): Point[] => [a, b];

function drawCurve(curve: LinePlot['curves'][number], place: (point: Point) => Point): Shape[] {
  const { colour, marker } = curve;
  const pieces: Point[][] = [[]];
  for (const point of curve.points) {
    if (point.every(Number.isFinite)) pieces.at(-1)!.push(place(point));
    else pieces.push([]);
  }
  return [
    ...pieces.map((points): Shape => ({ kind: 'line', points, ...stroke(curve) })),
    ...spaced(pieces.flat()).map(
      (at): Shape => ({ kind: 'marker', at, marker, radius: MARKER_RADIUS, colour }),
    ),
  ];
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

function drawLegend(legend: LinePlot['legend'], right: number, bottom: number): Shape[] {
  const longest = Math.max(...legend.map(({ label }) => label.length));
  const width = longest * CHARACTER_WIDTH + LEGEND.sample + 3 * LEGEND.padding;
  const height = legend.length * LEGEND.row + LEGEND.padding;
  const [left, top] = [right - width, bottom - height];
  const shapes: Shape[] = [
    { kind: 'box', at: [left, top], width, height, fill: 'background', border: 'grid' },
  ];
  legend.forEach((entry, index) => {
    const y = top + LEGEND.padding / 2 + (index + 0.5) * LEGEND.row;
    const from = left + LEGEND.padding;
    const { colour, marker } = entry;
    shapes.push(
      { kind: 'line', points: lineBetween([from, y], [from + LEGEND.sample, y]), ...stroke(entry) },
      { kind: 'marker', at: [from + LEGEND.sample / 2, y], marker, radius: MARKER_RADIUS, colour },
      {
        kind: 'text',
        at: [from + LEGEND.sample + LEGEND.padding, y + 4],
        text: entry.label,
        size: FONT_SIZE,
        anchor: 'start',
        colour: 'ink',
      },
    );
  });
  return shapes;
}

function stroke({ colour, dashed }: CurveStyle): { colour: Colour; width: number; dash?: readonly number[] } {
  return { colour, width: CURVE_WIDTH, ...(dashed ? { dash: DASH } : {}) };
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
