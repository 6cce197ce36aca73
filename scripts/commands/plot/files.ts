/** A run's plot as files: SVG, and the same as PNG. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { KEYS } from '../../../functions/contract/keys.ts';
import type { Colour, Scene } from '../../../functions/plots/line-plot.ts';
import { evaluationPlot } from '../../../functions/plots/run-plots.ts';
import { renderSvg } from '../../../functions/plots/svg.ts';
import { runConfig, stepMetrics } from '../../../functions/schemas/documents.ts';
import type { ObjectStore } from '../../../functions/store/object-store.ts';
import { findDocument, getDocument } from '../../../functions/store/verified.ts';
import { writeWhole } from '../../support/write-whole.ts';
import { type Rgb, rasterize } from './rasterize.ts';

const SIZE = { width: 640, height: 420 };
/** Pixels of the PNG per pixel of the SVG. */
const PNG_SCALE = 2;
const COLOURS: Readonly<Record<Exclude<Colour, number>, string>> = {
  background: '#ffffff',
  ink: '#1b1e23',
  muted: '#5c636e',
  grid: '#dfe2e6',
};
/** Of training and test data. */
const CURVES = ['#2468c9', '#c8560f'] as const;

/**
 * Reads the run from the bucket and writes `<runId>.svg` and `<runId>.png` into the folder.
 *
 * @returns their paths
 * @throws Error when there is no such run, besides the store's own errors
 */
export async function writePlots(store: ObjectStore, runId: string, folder: string): Promise<string[]> {
  const scene = await plotOf(store, runId);
  const files = [
    { path: join(folder, `${runId}.svg`), content: svgOf(scene, runId) },
    { path: join(folder, `${runId}.png`), content: pngOf(scene) },
  ];
  mkdirSync(folder, { recursive: true });
  for (const { path, content } of files) writeWhole(path, content);
  return files.map(({ path }) => path);
}

async function plotOf(store: ObjectStore, runId: string): Promise<Scene> {
  const config = await findDocument(store, runConfig, KEYS.runConfig(runId));
  if (config === undefined) throw new Error(`there is no run ${runId}`);
  const { totalSteps, stepsPerEpoch } = config;
  const keys = await store.list(KEYS.metricsPrefix(runId));
  const metrics = await Promise.all(keys.map((key) => getDocument(store, stepMetrics, key)));
  return evaluationPlot([{ metrics, epochs: totalSteps / stepsPerEpoch, colour: 0 }], {
    ...SIZE,
    title: runId,
  });
}

export function svgOf(scene: Scene, runId: string): string {
  const attribute = (name: string, colour: Colour | undefined) =>
    `${name}="${colour === undefined ? 'none' : hexOf(colour)}"`;
  const svg = renderSvg(
    scene,
    `Run ${runId} on training and test data per epoch`,
    (stroke, fill) => `${attribute('stroke', stroke)} ${attribute('fill', fill)}`,
  );
  // A ground of its own, for viewers whose own is dark.
  return `${svg.replace('>', `><rect width="100%" height="100%" fill="${COLOURS.background}"/>`)}\n`;
}

export function pngOf(scene: Scene): Uint8Array {
  return encode({ ...rasterize(scene, PNG_SCALE, rgbOf), channels: 3, depth: 8 });
}

const hexOf = (colour: Colour) => (typeof colour === 'number' ? CURVES[colour]! : COLOURS[colour]);

function rgbOf(colour: Colour): Rgb {
  const value = Number.parseInt(hexOf(colour).slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
