/** Networks at which a tile's rows, vectors and groups are left over in every way, by kernels and by the reference. */
import { expect } from 'vitest';
import type { Backend } from '../../../core/kernels/engine.ts';
import { referenceBackend } from '../../../core/kernels/reference-engine.ts';
import type { ActivationName } from '../../../core/network/architecture.ts';
import type { InputRows } from '../../../core/rows/input-rows.ts';
import { sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import { classifier } from '../architectures.ts';
import { firstDifference, normal, normalLayers, trace } from './trace.ts';

const ROWS = 5;
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
/** Of one, two and three rows: fewer than a tile has, a tile, and one more; for two threads up to three each. */
const BATCHES = [1, 2, 3, 5, 6].map((length) => Uint32Array.from({ length }, (_, n) => (n * 2) % ROWS));
const RULE = { kind: 'sgd', rate: 0.1, weightDecay: 0, factor1: 0, factor2: 0 } as const;

/** @param kept of ten bytes that many are not zero, in no order that a tile could rely on */
function pixelsOf(columns: number, kept: number): number[][] {
  const values = normal(ROWS * columns, 1, 3, 60);
  return upTo(ROWS).map((row) =>
    Array.from({ length: columns }, (_, column) => {
      const at = (row - 1) * columns + column;
      return (at * 7 + row) % 10 < kept ? 1 + (Math.abs(Math.trunc(values[at]! * 100)) % 255) : 0;
    }),
  );
}

function expectSameBits(backend: Backend, layers: number[], activation: ActivationName, x: InputRows): void {
  const data = { x, labels: Uint8Array.from({ length: ROWS }, (_, row) => row % layers.at(-1)!) };
  const [actual, expected] = [backend, referenceBackend].map((one) =>
    trace(one, classifier(layers, activation), normalLayers(layers, 0.5, 4), data, BATCHES, RULE),
  );
  const difference = firstDifference(actual!, expected!);
  expect({ layers, activation, difference }).toMatchObject({ difference: 'none' });
}

/** Hidden layers of every size up to a dense tile and one more, and of groups of dot products. */
export function expectSameHiddenLayers(backend: Backend, activation: ActivationName): void {
  const x = sparseFromPixels(pixelsOf(6, 6), 6);
  // The dense tile has 2 rows and 4 vectors of 4; dot products go by 4 and by 8, and by 2 vectors.
  for (const inputs of upTo(9)) {
    for (const outputs of upTo(17)) expectSameBits(backend, [6, inputs, outputs, 3], activation, x);
  }
  for (const inputs of [16, 17, 23, 24, 25, 33]) {
    expectSameBits(backend, [6, inputs, 37, 3], activation, x);
  }
}

/** First layers of every width of one tile, and of two and three. @param kept of ten inputs that many are not zero */
export function expectSameFirstLayers(backend: Backend, kept: number): void {
  const columns = 67;
  const rows = pixelsOf(columns, kept);
  const pixels = { rows: ROWS, columns, pixels: Uint8Array.from(rows.flat()) };
  for (const vectors of [...upTo(16), 20, 25, 28, 36, 40]) {
    for (const outputs of [4 * vectors - 3, 4 * vectors]) {
      const x = outputs % 4 === 0 ? pixels : sparseFromPixels(rows, columns);
      expectSameBits(backend, [columns, outputs, 3], 'sigmoid', x);
      if (outputs > 52) expectSameBits(backend, [columns, outputs, 3], 'relu', pixels);
    }
  }
}
