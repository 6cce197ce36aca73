/** Picture files as people have them, of a few sizes: a bar, a disc or a ring in some colour on a light ground. */
import { encode } from 'fast-png';
import type { Picture } from '../../../core/ingest/picture.ts';
import { Draws, STREAM } from './draws.ts';

export const SHAPES = ['bar', 'disc', 'ring'] as const;
export type Shape = (typeof SHAPES)[number];

const SIZES = [
  [48, 36],
  [40, 40],
  [36, 48],
] as const;
/** Darkest and brightest a colour of the ink may be, and of the ground. */
const INK = 130;
const GROUND = 215;

/**
 * Size, colour and place say nothing of the shape.
 *
 * @param row tells pictures of one seed apart
 */
export function drawShape(
  shape: Shape,
  row: number,
  seed: number,
  { width, height, channels = 3 }: { width?: number; height?: number; channels?: 1 | 3 } = {},
): Picture {
  const draws = new Draws(seed, STREAM.shapes).startRow(row);
  const size = draws.pick(SIZES);
  const [w, h] = [width ?? size[0], height ?? size[1]];
  const ink = [0, 1, 2].map(() => draws.integer(0, INK));
  const [x0, y0] = [w * (0.4 + 0.2 * draws.uniform()), h * (0.4 + 0.2 * draws.uniform())];
  const radius = Math.min(w, h) * (0.25 + 0.1 * draws.uniform());
  const data = new Uint8Array(w * h * channels);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const isInk = isInside(shape, (x + 0.5 - x0) / radius, (y + 0.5 - y0) / radius);
      for (let c = 0; c < channels; c++) {
        data[(y * w + x) * channels + c] = isInk ? ink[c]! : draws.integer(GROUND, 255);
      }
    }
  }
  return { width: w, height: h, channels, data };
}

/** Of the shape with radius 1. */
function isInside(shape: Shape, x: number, y: number): boolean {
  const square = x * x + y * y;
  switch (shape) {
    case 'bar':
      return Math.abs(y) < 0.3 && Math.abs(x) < 1;
    case 'disc':
      return square < 1;
    case 'ring':
      return square < 1 && square > 0.4;
  }
}

export const pngOf = ({ width, height, channels, data }: Picture): Uint8Array =>
  encode({ width, height, channels, data: Uint8Array.from(data) });

/** A folder for each shape. @param first of the rows' numbers, which name the files */
export function* shapeFiles(
  rows: number,
  seed: number,
  first = 0,
): Generator<[name: string, pieces: Uint8Array[]]> {
  for (let row = first; row < first + rows; row++) {
    const shape = SHAPES[row % SHAPES.length]!;
    yield [`${shape}/${String(row).padStart(4, '0')}.png`, [pngOf(drawShape(shape, row, seed))]];
  }
}
