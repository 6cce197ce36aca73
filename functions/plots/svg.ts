/** Shapes as SVG, in pixels. */

/** Index of a curve's colour, or one of the plot's own; whoever draws knows what they look like. */
export type Colour = number | 'ink' | 'muted' | 'grid' | 'background';
export type Point = readonly [x: number, y: number];
/** Attributes that give a shape its colours, e.g. `stroke="#000" fill="none"`. */
export type Paint = (stroke: Colour | undefined, fill: Colour | undefined) => string;

export interface TextStyle {
  size: number;
  anchor: 'start' | 'middle' | 'end';
  colour: Colour;
  /** Read from bottom to top. */
  upright?: true;
}

export class Svg {
  readonly #paint: Paint;
  readonly #shapes: string[] = [];

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  line(points: readonly Point[], colour: Colour, width = 1, dash?: readonly number[]): void {
    const places = points.map(([x, y]) => `${short(x)},${short(y)}`).join(' ');
    const dashes = dash === undefined ? '' : ` stroke-dasharray="${dash.join(' ')}"`;
    this.#shapes.push(
      `<polyline points="${places}" stroke-width="${width}"${dashes} ${this.#paint(colour, undefined)}/>`,
    );
  }

  /** What is drawn up to `closeClip` shows within this box alone. */
  openClip([x, y]: Point, width: number, height: number): void {
    const [left, top, w, h] = [x, y, width, height].map(short);
    // An inner document cuts off what is beside it, and needs no name as a clipPath does.
    this.#shapes.push(
      `<svg x="${left}" y="${top}" width="${w}" height="${h}" viewBox="${left} ${top} ${w} ${h}">`,
    );
  }

  closeClip(): void {
    this.#shapes.push('</svg>');
  }

  circle([x, y]: Point, radius: number, colour: Colour): void {
    const place = `cx="${short(x)}" cy="${short(y)}" r="${radius}"`;
    this.#shapes.push(`<circle ${place} ${this.#paint(undefined, colour)}/>`);
  }

  square([x, y]: Point, radius: number, colour: Colour): void {
    const size = `width="${2 * radius}" height="${2 * radius}"`;
    const place = `x="${short(x - radius)}" y="${short(y - radius)}"`;
    this.#shapes.push(`<rect ${place} ${size} ${this.#paint(undefined, colour)}/>`);
  }

  box([x, y]: Point, width: number, height: number, fill: Colour, border: Colour): void {
    const size = `width="${short(width)}" height="${short(height)}" rx="3"`;
    this.#shapes.push(`<rect x="${short(x)}" y="${short(y)}" ${size} ${this.#paint(border, fill)}/>`);
  }

  /** @param at of the baseline, where the anchor says */
  text(at: Point, text: string, { size, anchor, colour, upright }: TextStyle): void {
    const [x, y] = at.map(short);
    const turn = upright === true ? ` transform="rotate(-90 ${x} ${y})"` : '';
    this.#shapes.push(
      `<text x="${x}" y="${y}" font-size="${size}" font-family="system-ui, sans-serif" ` +
        `text-anchor="${anchor}"${turn} ${this.#paint(undefined, colour)}>${escapeText(text)}</text>`,
    );
  }

  document(width: number, height: number, label: string): string {
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
      `role="img" aria-label="${escapeText(label)}">${this.#shapes.join('')}</svg>`
    );
  }
}

const short = (value: number) => Number(value.toFixed(2));

const escapeText = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
