/**
 * A plot that is read and zoomed by mouse, finger or keys: what is under the pointer is told beside it, dragging chooses the
 * epochs that are shown, and so do the keys + - 0.
 */
import { type Curve, type Layout, type LinePlot, layoutPlot } from '../../../plots/line-plot.ts';
import type { Point } from '../../../plots/svg.ts';
import { create } from './dom.ts';
import { formatFigure, formatFixed, formatShare } from './format.ts';
import { type MakePlot, mountPlot } from './plot.ts';
import { applyOptions, type PlotOptions, type Range, zoomed } from './plot-options.ts';

/** A pointer that moves less than this between down and up has not chosen a range. */
const LEAST_DRAG_PX = 8;
/** A curve is told where it has a point as near as this part of what is shown. */
const NEAR = 0.03;
const STEP = 0.5;

export interface LivePlot {
  draw(): void;
  zoom(factor: number): void;
}

/** @param changed called after `options.range` was changed here */
export function mountLivePlot(
  place: HTMLElement,
  label: string,
  make: MakePlot,
  options: PlotOptions,
  changed: () => void,
): LivePlot {
  const picture = create('div', { class: 'picture' });
  const line = create('div', { class: 'line', hidden: true });
  const band = create('div', { class: 'band', hidden: true });
  const tip = create('div', { class: 'tip', role: 'status', hidden: true });
  // Keys read it and zoom.
  place.tabIndex = 0;
  place.append(picture, band, line, tip);
  let plot: LinePlot | undefined;
  let layout: Layout | undefined;
  let full: Range = [0, 1];
  /** The x that is told. */
  let cursor: number | undefined;
  /** Pixels from the picture's left, while a mouse is down. */
  let dragFrom: number | undefined;

  const draw = mountPlot(
    picture,
    label,
    (frame) => {
      const whole = make(frame);
      full = [whole.xMin ?? 0, whole.xMax];
      return applyOptions(whole, options);
    },
    (drawn) => {
      plot = drawn;
      layout = layoutPlot(drawn);
      tell();
    },
  );

  place.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || layout === undefined) return;
    // A finger that is moved sideways reads values: it zooms by the buttons.
    if (event.pointerType !== 'touch') {
      dragFrom = xOf(event);
      place.setPointerCapture(event.pointerId);
    }
    look(event);
  });
  place.addEventListener('pointermove', (event) => {
    if (dragFrom === undefined) return look(event);
    const [left, right] = ordered(dragFrom, xOf(event));
    band.hidden = right - left < LEAST_DRAG_PX;
    band.style.left = `${left}px`;
    band.style.width = `${right - left}px`;
    look(event);
  });
  place.addEventListener('pointerup', (event) => {
    if (dragFrom === undefined || layout === undefined) return;
    const [left, right] = ordered(dragFrom, xOf(event));
    endDrag();
    if (right - left >= LEAST_DRAG_PX) setRange([layout.xAt(left), layout.xAt(right)]);
  });
  place.addEventListener('pointercancel', endDrag);
  place.addEventListener('pointerleave', (event) => {
    if (event.pointerType !== 'touch') moveTo(undefined);
  });
  place.addEventListener('dblclick', () => setRange(undefined));
  place.addEventListener('blur', () => moveTo(undefined));
  place.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !onKey(event.key)) return;
    event.preventDefault();
  });
  return { draw, zoom };

  function onKey(key: string): boolean {
    if (key === '+' || key === '=') zoom(STEP);
    else if (key === '-') zoom(1 / STEP);
    else if (key === '0') setRange(undefined);
    else if (key === 'Escape') moveTo(undefined);
    else {
      const places = xs();
      const at = cursor === undefined ? -1 : nearestIndex(places, cursor);
      const next = { ArrowLeft: Math.max(at - 1, 0), ArrowRight: at + 1, Home: 0, End: Infinity }[key];
      if (next === undefined) return false;
      moveTo(places[Math.min(next, places.length - 1)]);
    }
    return true;
  }

  function zoom(factor: number): void {
    const range = zoomed(options.range, factor, full, cursor);
    setRange(range);
  }

  function setRange(range: Range | undefined): void {
    const within = range && ([Math.max(range[0], full[0]), Math.min(range[1], full[1])] as const);
    options.range = within && within[0] < within[1] ? within : undefined;
    changed();
  }

  function endDrag(): void {
    dragFrom = undefined;
    band.hidden = true;
  }

  /** Within the plot's axes. */
  function xOf({ clientX }: PointerEvent): number {
    const { left, right } = layout!;
    return Math.min(Math.max(clientX - picture.getBoundingClientRect().left, left), right);
  }

  function look(event: PointerEvent): void {
    if (layout === undefined) return;
    const places = xs();
    moveTo(places[nearestIndex(places, layout.xAt(xOf(event)))]);
  }

  /** All x that are shown and where a curve has a point. */
  function xs(): number[] {
    const { min, max } = layout?.x ?? { min: 0, max: 0 };
    const all = plot?.curves.flatMap(({ points }) => points.map(([x]) => x)) ?? [];
    return [...new Set(all)].filter((x) => x >= min && x <= max).sort((a, b) => a - b);
  }

  function moveTo(x: number | undefined): void {
    cursor = x;
    tell();
  }

  /** What is at the cursor. */
  function tell(): void {
    const told = cursor === undefined ? [] : valuesAt(cursor);
    line.hidden = told.length === 0;
    tip.hidden = told.length === 0;
    if (told.length === 0) return;
    const { place: placeOf, left, right } = layout!;
    const [x] = placeOf([cursor!, layout!.y.min]);
    line.style.left = `${x}px`;
    const isLeft = x > (left + right) / 2;
    tip.style.left = isLeft ? '' : `${x + 10}px`;
    tip.style.right = isLeft ? `calc(100% - ${x - 10}px)` : '';
    const rows = told.map(({ curve, y }) =>
      create(
        'li',
        {},
        create('span', { class: `swatch c${curve.colour}${curve.dashed ? ' dashed' : ''}` }),
        create('span', {}, curve.name ?? ''),
        create('b', {}, plot!.yLabel === 'accuracy' ? formatShare(y) : formatFigure(y)),
      ),
    );
    tip.replaceChildren(`epoch ${formatFixed(cursor!, 2)}`, create('ul', {}, ...rows));
  }

  function valuesAt(x: number): { curve: Curve; y: number }[] {
    const { min, max } = layout!.x;
    return plot!.curves.flatMap((curve) => {
      const point = curve.points[
        nearestIndex(
          curve.points.map(([each]) => each),
          x,
        )
      ] as Point | undefined;
      const isNear = point !== undefined && Math.abs(point[0] - x) <= NEAR * (max - min);
      return isNear && Number.isFinite(point[1]) ? [{ curve, y: point[1] }] : [];
    });
  }
}

const ordered = (a: number, b: number): Range => (a < b ? [a, b] : [b, a]);

/** -1 of none. */
function nearestIndex(sorted: readonly number[], x: number): number {
  let best = -1;
  for (const [index, each] of sorted.entries()) {
    if (best < 0 || Math.abs(each - x) < Math.abs(sorted[best]! - x)) best = index;
  }
  return best;
}
