/** A tiny classification problem: each class lights its own pixels, with noise from a fixed stream. */

import type { LabelledRows } from '../../../core/model/network.ts';
import { fillIntegers } from '../../../core/random/streams.ts';
import { type SparseRows, sparseFromPixels } from '../../../core/rows/sparse-rows.ts';

export const COLUMNS = 12;
export const CLASSES = 3;

export function tinyDataset(rows: number, seed = 5): LabelledRows & { x: SparseRows } {
  const noise = new Uint32Array(rows * COLUMNS);
  fillIntegers(noise, 60, seed, 98, 0);
  const labels = Uint8Array.from({ length: rows }, (_, row) => row % CLASSES);
  const pixels = [...labels].map((label, row) =>
    Array.from({ length: COLUMNS }, (_, column) => {
      const value = noise[row * COLUMNS + column]!;
      return column % CLASSES === label ? 195 + value : value > 40 ? value : 0;
    }),
  );
  return { x: sparseFromPixels(pixels, COLUMNS), labels };
}
