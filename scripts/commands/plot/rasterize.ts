/** A plot's shapes as pixels, with smooth edges: each pixel is covered by how far inside the shape its centre lies. */
import type { Colour, Point, Scene, Shape } from '../../../functions/plots/line-plot.ts';
import { textStrokes } from './stroke-font.ts';

export type Rgb = readonly [red: number, green: number, blue: number];

export interface Raster {
  width: number;
  height: number;
  /** RGB, [height, width, 3]. */
  data: Uint8Array;
}

/** Thickness of letters, of their size. */
const PEN = 0.095;

/** @param scale pixels per unit of the scene */
export function rasterize(scene: Scene, scale: number, colourOf: (colour: Colour) => Rgb): Raster {
  const canvas = new Canvas(Math.round(scene.width * scale), Math.round(scene.height * scale), scale);
  canvas.fill(colourOf('background'));
  for (const shape of scene.shapes) draw(canvas, shape, colourOf);
  return canvas;
}

function draw(canvas: Canvas, shape: Shape, colourOf: (colour: Colour) => Rgb): void {
  switch (shape.kind) {
    case 'line': {
      const pieces = shape.dash === undefined ? [shape.points] : dashes(shape.points, shape.dash);
      canvas.strokes(pieces, shape.width, colourOf(shape.colour));
      break;
    }
    case 'marker': {
      const { at, radius } = shape;
      if (shape.marker === 'circle') canvas.strokes([[at]], 2 * radius, colourOf(shape.colour));
      else canvas.box(at[0] - radius, at[1] - radius, 2 * radius, 2 * radius, colourOf(shape.colour));
      break;
    }
    case 'box': {
      const [x, y] = shape.at;
      canvas.box(x - 0.5, y - 0.5, shape.width + 1, shape.height + 1, colourOf(shape.border));
      canvas.box(x + 0.5, y + 0.5, shape.width - 1, shape.height - 1, colourOf(shape.fill));
      break;
    }
    case 'text':
      canvas.strokes(placedText(shape), PEN * shape.size, colourOf(shape.colour));
  }
}

function placedText({ text, size, at, anchor, upright }: Extract<Shape, { kind: 'text' }>): Point[][] {
  const { strokes, width } = textStrokes(text, size);
  const shift = { start: 0, middle: width / 2, end: width }[anchor];
  return strokes.map((stroke) =>
    stroke.map(([x, y]): Point => {
      const along = x - shift;
      return upright === true ? [at[0] + y, at[1] - along] : [at[0] + along, at[1] + y];
    }),
  );
}

/** Cuts a line into what is drawn of it; `pattern` is the lengths of a dash and of the gap after it. */
function dashes(points: readonly Point[], pattern: readonly number[]): Point[][] {
  const pieces: Point[][] = [];
  let piece: Point[] = points.length > 0 ? [points[0]!] : [];
  let phase = 0;
  let left = pattern[0]!;
  for (let i = 1; i < points.length; i++) {
    const [from, to] = [points[i - 1]!, points[i]!];
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    let done = 0;
    while (length - done > left) {
      done += left;
      const at = between(from, to, done / length);
      if (phase === 0) pieces.push([...piece, at]);
      piece = [at];
      phase = 1 - phase;
      left = pattern[phase]!;
    }
    left -= length - done;
    piece.push(to);
  }
  if (phase === 0 && piece.length > 1) pieces.push(piece);
  return pieces;
}

const between = (a: Point, b: Point, t: number): Point => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
];

class Canvas implements Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  readonly #scale: number;

  constructor(width: number, height: number, scale: number) {
    this.width = width;
    this.height = height;
    this.data = new Uint8Array(width * height * 3);
    this.#scale = scale;
  }

  fill(colour: Rgb): void {
    for (let at = 0; at < this.data.length; at += 3) this.data.set(colour, at);
  }

  /** Round pens along the lines; a line of one point is a dot. Where lines overlap they are drawn once. */
  strokes(lines: readonly (readonly Point[])[], penWidth: number, colour: Rgb): void {
    const radius = (penWidth * this.#scale) / 2;
    const covered = new Map<number, number>();
    for (const line of lines) {
      line.forEach((end, index) => {
        if (index === 0 && line.length > 1) return;
        const [ax, ay] = (line[index - 1] ?? end).map((value) => value * this.#scale) as [number, number];
        const [bx, by] = end.map((value) => value * this.#scale) as [number, number];
        const reach = radius + 1;
        this.#visit(
          Math.min(ax, bx) - reach,
          Math.min(ay, by) - reach,
          Math.max(ax, bx) + reach,
          Math.max(ay, by) + reach,
          (x, y, pixel) => {
            const share = radius + 0.5 - distanceToSegment(x, y, ax, ay, bx, by);
            if (share > (covered.get(pixel) ?? 0)) covered.set(pixel, Math.min(share, 1));
          },
        );
      });
    }
    for (const [pixel, share] of covered) this.#blend(pixel, colour, share);
  }

  box(left: number, top: number, width: number, height: number, colour: Rgb): void {
    const [x0, y0] = [left * this.#scale, top * this.#scale];
    const [x1, y1] = [x0 + width * this.#scale, y0 + height * this.#scale];
    // Of a pixel's width, what lies between both edges.
    const share = (centre: number, from: number, to: number) =>
      Math.max(0, Math.min(centre + 0.5, to) - Math.max(centre - 0.5, from));
    this.#visit(x0 - 1, y0 - 1, x1 + 1, y1 + 1, (x, y, pixel) => {
      this.#blend(pixel, colour, share(x, x0, x1) * share(y, y0, y1));
    });
  }

  /** Calls with the centre of each pixel of the area that is on the canvas. */
  #visit(
    left: number,
    top: number,
    right: number,
    bottom: number,
    call: (x: number, y: number, pixel: number) => void,
  ): void {
    const end = {
      x: Math.min(this.width - 1, Math.floor(right)),
      y: Math.min(this.height - 1, Math.floor(bottom)),
    };
    for (let y = Math.max(0, Math.floor(top)); y <= end.y; y++) {
      for (let x = Math.max(0, Math.floor(left)); x <= end.x; x++) call(x + 0.5, y + 0.5, y * this.width + x);
    }
  }

  #blend(pixel: number, colour: Rgb, share: number): void {
    for (let channel = 0; channel < 3; channel++) {
      const at = pixel * 3 + channel;
      this.data[at] = Math.round(this.data[at]! * (1 - share) + colour[channel]! * share);
    }
  }
}

function distanceToSegment(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy;
  const t = square === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / square));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}
