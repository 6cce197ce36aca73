/** Plots in the page: as wide as their place, with colours that follow the scheme. */
import { drawPlot, type LinePlot } from '../../../plots/line-plot.ts';
import type { Colour } from '../../../plots/svg.ts';

const MAX_WIDTH = 820;
const MIN_WIDTH = 240;

export type MakePlot = (frame: { width: number; height: number }) => LinePlot;

/**
 * Draws now, on each call of the function returned, and whenever the place's width changes. The style sheet gives the
 * place its height beforehand, so that nothing moves when the plot is there.
 */
export function mountPlot(
  place: HTMLElement,
  label: string,
  plot: MakePlot,
  drawn: (plot: LinePlot) => void = () => undefined,
): () => void {
  let width = 0;
  const draw = () => {
    if (width === 0) return;
    const made = plot({ width, height: Math.round(Math.min(0.7 * width, 360)) });
    place.innerHTML = drawPlot(made, label, paint);
    drawn(made);
  };
  new ResizeObserver(([entry]) => {
    const available = Math.min(MAX_WIDTH, Math.floor(entry!.contentRect.width));
    // Hidden places have none.
    if (available === 0 || available === width) return;
    width = Math.max(MIN_WIDTH, available);
    draw();
  }).observe(place);
  return draw;
}

function paint(stroke: Colour | undefined, fill: Colour | undefined): string {
  const classes = [
    stroke === undefined ? '' : `s${suffix(stroke)}`,
    fill === undefined ? '' : `f${suffix(fill)}`,
  ];
  return `class="${classes.join(' ').trim()}"`;
}

const suffix = (colour: Colour) => (typeof colour === 'number' ? colour : `-${colour}`);
