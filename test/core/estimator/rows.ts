/** Small sets of rows that can be learned, from a fixed stream. */
import { fillNormal } from '../../../core/random/streams.ts';

/** Numbers of mean 0 and variance 1, all different. */
export function normals(count: number, seed = 3): Float32Array {
  const values = new Float32Array(count);
  fillNormal(values, 1, seed, 97, 0);
  return values;
}

export const FRUIT = ['apple', 'banana', 'lemon'];

/** Three kinds of fruit by weight in grams and length in centimetres, whose ranges are far apart in size. */
export function fruit(rows: number, seed = 3): { x: number[][]; y: string[] } {
  const noise = normals(rows * 2, seed);
  const centres = [
    [180, 8],
    [120, 18],
    [100, 9],
  ] as const;
  const kinds = Array.from({ length: rows }, (_, row) => (row * 7) % 3);
  return {
    x: kinds.map((kind, row) => [
      centres[kind]![0] + 8 * noise[2 * row]!,
      centres[kind]![1] + 0.5 * noise[2 * row + 1]!,
    ]),
    y: kinds.map((kind) => FRUIT[kind]!),
  };
}

/** A price in thousands, linear in two of three columns, of which the third never changes. */
export function houses(rows: number): { x: number[][]; y: number[] } {
  const noise = normals(rows * 2);
  const x = Array.from({ length: rows }, (_, row) => [
    90 + 30 * noise[2 * row]!,
    4 + noise[2 * row + 1]!,
    2026,
  ]);
  return { x, y: x.map(([area, rooms]) => 150_000 + 3000 * area! - 20_000 * rooms!) };
}
