/** The files of test/fixtures/formats and what make_fixtures.py put into them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { NumpyArray } from '../../../core/exchange/numpy-array.ts';
import type { LayerParameters } from '../../../core/network/architecture.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/formats');

/** Names of the files that match. */
export function fixtures(pattern: RegExp): string[] {
  const names = readdirSync(FOLDER).filter((name) => pattern.test(name));
  expect(names, `files like ${pattern}`).not.toEqual([]);
  return names;
}

/** A view in the middle of a larger buffer, so that no reader may take the buffer for the file. */
export function fixture(name: string): Uint8Array {
  const file = readFileSync(join(FOLDER, name));
  const bytes = new Uint8Array(file.length + 6);
  bytes.set(file, 3);
  return bytes.subarray(3, -3);
}

export const SIZES = [6, 5, 4, 3];

/** W1, b1, …, b3: element k of layer n is (k + 1) / 8 - n. */
export const WEIGHTS: ReadonlyMap<string, NumpyArray> = new Map(
  SIZES.slice(1).flatMap((outputs, index): [string, NumpyArray][] => {
    const inputs = SIZES[index]!;
    const values = (count: number) =>
      Float32Array.from({ length: count }, (_, k) => (k + 1) / 8 - (index + 1));
    return [
      [`W${index + 1}`, { shape: [inputs, outputs], values: values(inputs * outputs) }],
      [`b${index + 1}`, { shape: [outputs], values: values(outputs) }],
    ];
  }),
);

/** The same as a network's layers. */
export const LAYERS: LayerParameters[] = [1, 2, 3].map((n) => ({
  weights: WEIGHTS.get(`W${n}`)!.values,
  bias: WEIGHTS.get(`b${n}`)!.values,
}));

/** `bytes` with the parts at `at` replaced by `replacement`. */
export function patched(bytes: Uint8Array, at: number, replacement: ArrayLike<number>): Uint8Array {
  const copy = bytes.slice();
  copy.set(replacement, at);
  return copy;
}

/** Offset of the `occurrence`-th place (from 0) where the bytes of `text` stand. */
export function offsetOf(bytes: Uint8Array, text: string, occurrence = 0): number {
  let at = -1;
  for (let found = 0; found <= occurrence; found++) at = Buffer.from(bytes).indexOf(text, at + 1, 'latin1');
  expect(at, `${text} in the file`).toBeGreaterThanOrEqual(0);
  return at;
}
