/** A plot's shapes as SVG. */
import type { Colour, Scene, Shape } from './line-plot.ts';

/** @param paint attributes that give a shape its colours, e.g. `stroke="#000" fill="none"` */
export function renderSvg(
  { width, height, shapes }: Scene,
  label: string,
  paint: (stroke: Colour | undefined, fill: Colour | undefined) => string,
): string {
  const body = shapes.map((shape) => renderShape(shape, paint)).join('');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" aria-label="${escapeText(label)}">${body}</svg>`
  );
}

function renderShape(shape: Shape, paint: Parameters<typeof renderSvg>[2]): string {
  switch (shape.kind) {
    case 'line': {
      const points = shape.points.map(([x, y]) => `${short(x)},${short(y)}`).join(' ');
      const dash = shape.dash === undefined ? '' : ` stroke-dasharray="${shape.dash.join(' ')}"`;
      return `<polyline points="${points}" stroke-width="${shape.width}"${dash} ${paint(shape.colour, undefined)}/>`;
    }
    case 'marker': {
      const { radius: r, marker } = shape;
      const [x, y] = shape.at;
      const colour = paint(undefined, shape.colour);
      if (marker === 'circle') return `<circle cx="${short(x)}" cy="${short(y)}" r="${r}" ${colour}/>`;
      return `<rect x="${short(x - r)}" y="${short(y - r)}" width="${2 * r}" height="${2 * r}" ${colour}/>`;
    }
    case 'box': {
      const [x, y] = shape.at;
      const size = `width="${short(shape.width)}" height="${short(shape.height)}" rx="3"`;
      return `<rect x="${short(x)}" y="${short(y)}" ${size} ${paint(shape.border, shape.fill)}/>`;
    }
    case 'text': {
      const [x, y] = shape.at.map(short);
      const turn = shape.upright === true ? ` transform="rotate(-90 ${x} ${y})"` : '';
      return (
        `<text x="${x}" y="${y}" font-size="${shape.size}" font-family="system-ui, sans-serif" ` +
        `text-anchor="${shape.anchor}"${turn} ${paint(undefined, shape.colour)}>${escapeText(shape.text)}</text>`
      );
    }
  }
}

const short = (value: number) => Number(value.toFixed(2));

const escapeText = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
