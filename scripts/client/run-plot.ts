/** A run's plot as an SVG file: accuracy on training and test data per epoch, which of regressions is the loss. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { KEYS } from '../../functions/contract/keys.ts';
import { drawPlot } from '../../functions/plots/line-plot.ts';
import { evaluationPlot } from '../../functions/plots/run-plots.ts';
import type { Colour } from '../../functions/plots/svg.ts';
import { metricsOf } from '../../functions/run-index/metrics.ts';
import { runConfig } from '../../functions/schemas/documents.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { allOf } from '../../functions/store/series.ts';
import { findDocument } from '../../functions/store/verified.ts';
import { writeWhole } from '../support/files.ts';

const SIZE = { width: 640, height: 420 };
const COLOURS: Readonly<Record<Exclude<Colour, number>, string>> = {
  background: '#ffffff',
  ink: '#1b1e23',
  muted: '#5c636e',
  grid: '#dfe2e6',
};
/** Of training and test data. */
const CURVES = ['#2468c9', '#c8560f'] as const;

/**
 * Reads the run from the bucket and writes `<runId>.svg` into the folder.
 *
 * @returns its path
 * @throws Error when there is no such run, besides the store's own errors
 */
export async function writePlot(store: ObjectStore, runId: string, folder: string): Promise<string> {
  const config = await findDocument(store, runConfig, KEYS.runConfig(runId));
  if (config === undefined) throw new Error(`there is no run ${runId}`);
  const metrics = await allOf(store, metricsOf(runId));
  const epochs = config.totalSteps / config.stepsPerEpoch;
  const plot = evaluationPlot([{ metrics, epochs, colour: 0 }], { ...SIZE, title: runId });
  const svg = drawPlot(
    plot,
    `Run ${runId} on training and test data per epoch`,
    (stroke, fill) => `stroke="${paint(stroke)}" fill="${paint(fill)}"`,
  );
  // It gets a ground of its own, for viewers whose own is dark.
  const ground = `<rect width="100%" height="100%" fill="${COLOURS.background}"/>`;
  const path = join(folder, `${runId}.svg`);
  mkdirSync(folder, { recursive: true });
  writeWhole(path, `${svg.replace('>', `>${ground}`)}\n`);
  return path;
}

function paint(colour: Colour | undefined): string {
  if (colour === undefined) return 'none';
  return typeof colour === 'number' ? CURVES[colour]! : COLOURS[colour];
}
