/**
 * Where elastic distortions take pixels: a field of smoothed noise, made once of a seed, of which every row of every step
 * takes two windows, one for each direction.
 *
 * The field is a torus of n × n, n being the smallest power of two from 512 on that has twice the picture's sides. Its
 * noise is uniform in (-1, 1): (2·word + 1) / 2^32 - 1 of the words of Philox in row-major order. It is smoothed along
 * rows and then along columns by the weights exp(-d²/2σ²) for |d| ≤ ⌈3σ⌉, divided by their sum: the one of d = 0 first,
 * then those of d and -d together; then it is times α. All in float64, and rounded to float32 after each direction. So a
 * window is what Simard's method makes for a picture; only those of different rows may overlap.
 */
import { exp } from '../math/elementary.ts';
import { fillWords, PURPOSE } from '../random/streams.ts';
import type { ElasticDistortion } from './settings.ts';

export interface DisplacementField {
  /** Pixels, [stride, stride]: the torus, and its beginning again where a window would leave it. */
  values: Float32Array;
  stride: number;
  /** A window may begin at any row and column below it; a power of two. */
  size: number;
}

const LEAST_SIZE = 512;

/** The last one that was asked for: trainers of the same run follow each other, as in rounds. */
let last: { key: string; field: DisplacementField } | undefined;

/** @param side the picture's larger one @returns not to be changed */
export function displacementField(elastic: ElasticDistortion, side: number, seed: number): DisplacementField {
  const key = JSON.stringify([elastic.alpha, elastic.sigma, side, seed]);
  if (last?.key !== key) last = { key, field: makeField(elastic, side, seed) };
  return last.field;
}

function makeField({ alpha, sigma }: ElasticDistortion, side: number, seed: number): DisplacementField {
  let size = LEAST_SIZE;
  while (size < 2 * side) size *= 2;
  const noise = uniformNoise(size * size, seed);
  const weights = gaussian(sigma);
  // Twice along rows, turned each time.
  const smooth = smoothedAndTurned(smoothedAndTurned(noise, size, weights, 1), size, weights, alpha);
  const stride = size + side;
  const values = new Float32Array(stride * stride);
  for (let row = 0; row < stride; row++) {
    const from = (row % size) * size;
    values.set(smooth.subarray(from, from + size), row * stride);
    values.set(smooth.subarray(from, from + side), row * stride + size);
  }
  return { values, stride, size };
}

function uniformNoise(length: number, seed: number): Float32Array {
  const words = new Uint32Array(length);
  fillWords(words, seed, PURPOSE.elastic, 0);
  return Float32Array.from(words, (word) => (2 * word + 1) / 0x1_0000_0000 - 1);
}

/** Weights at distances 0 to ⌈3σ⌉, of sum 1 with those to the other side. */
function gaussian(sigma: number): Float64Array {
  const weights = Float64Array.from({ length: Math.ceil(3 * sigma) + 1 }, (_, d) =>
    exp((-(d / sigma) * (d / sigma)) / 2),
  );
  const sum = weights.reduce((total, weight) => total + 2 * weight, -weights[0]!);
  return weights.map((weight) => weight / sum);
}

/** Each row smoothed around the torus and times `factor`, as a column. */
function smoothedAndTurned(
  from: Float32Array,
  size: number,
  weights: Float64Array,
  factor: number,
): Float32Array {
  const radius = weights.length - 1;
  const turned = new Float32Array(size * size);
  const line = new Float64Array(size + 2 * radius);
  for (let row = 0; row < size; row++) {
    for (let at = 0; at < line.length; at++) line[at] = from[row * size + ((at - radius + size) % size)]!;
    for (let column = 0; column < size; column++) {
      const middle = column + radius;
      let sum = weights[0]! * line[middle]!;
      for (let d = 1; d <= radius; d++) sum += weights[d]! * (line[middle - d]! + line[middle + d]!);
      turned[column * size + row] = sum * factor;
    }
  }
  return turned;
}
