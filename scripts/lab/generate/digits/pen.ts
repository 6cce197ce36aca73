/** Lines as ink on a raster. */
import type { Stroke } from './glyphs.ts';

/** From 0 to 1 by pixel, [height, width]. */
export interface Coverage {
  width: number;
  height: number;
  levels: Float32Array;
}

/**
 * Lines by a round pen: a pixel's coverage falls from 1 to 0 over `blur` pixels at the line's edge.
 *
 * @param strokes in pixels
 * @param penWidth by stroke and point, in pixels
 */
export function ink(
  { width, height }: { width: number; height: number },
  strokes: readonly Stroke[],
  penWidth: (stroke: number, point: number) => number,
  blur = 1,
): Coverage {
  const levels = new Float32Array(width * height);
  strokes.forEach((stroke, s) => {
    for (let point = 0; point + 1 < stroke.length; point++) {
      const [ax, ay] = stroke[point]!;
      const [bx, by] = stroke[point + 1]!;
      const radius = penWidth(s, point) / 2;
      const reach = radius + blur;
      const [dx, dy] = [bx - ax, by - ay];
      const length2 = dx * dx + dy * dy || 1e-9;
      const top = Math.max(0, Math.floor(Math.min(ay, by) - reach));
      const bottom = Math.min(height - 1, Math.ceil(Math.max(ay, by) + reach));
      const left = Math.max(0, Math.floor(Math.min(ax, bx) - reach));
      const right = Math.min(width - 1, Math.ceil(Math.max(ax, bx) + reach));
      for (let y = top; y <= bottom; y++) {
        for (let x = left; x <= right; x++) {
          const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length2));
          const [ex, ey] = [x - ax - t * dx, y - ay - t * dy];
          const distance = Math.sqrt(ex * ex + ey * ey);
          // Ink thinner than a pixel is fainter, and not thinner.
          const most = Math.min(1, 2 * radius);
          const level = most * Math.min(1, Math.max(0, (Math.max(radius, 0.5) - distance) / blur + 0.5));
          if (level > levels[y * width + x]!) levels[y * width + x] = level;
        }
      }
    }
  });
  return { width, height, levels };
}
