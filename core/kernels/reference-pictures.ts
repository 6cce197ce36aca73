/**
 * The layers of pictures in plain TypeScript: the definition that the kernels must equal bit for bit. As in reference.ts
 * every single operation is rounded to float32, and each function states the order of its sums.
 *
 * Pictures have the channels of each pixel together: [rows, height, width, channels]. A place is one position of a window;
 * places are counted row by row. Position i of a window counts its rows, then its columns, then the channels.
 */
import type { ConvolutionPlan, DropoutPlan, Places, PoolPlan } from '../network/plan.ts';
import { philox4x32 } from '../random/philox.ts';
import { PURPOSE } from '../random/streams.ts';
import type { Noise } from './engine.ts';
import { biasGradient, denseForward, denseGradient } from './reference.ts';

const f = Math.fround;

/**
 * What each place sees, a row each: [rows · places, positions], with 0 for what is outside the picture.
 *
 * @param a [rows, height, width, channels]
 */
export function placesOf(a: Float32Array, rows: number, { input, places }: ConvolutionPlan): Float32Array {
  const channels = input[2];
  const positions = places.height * places.width * channels;
  const seen = new Float32Array(rows * places.rows * places.columns * positions);
  forEachPixel(rows, input, places, (place, window, pixel) => {
    const at = place * positions + window * channels;
    for (let c = 0; c < channels; c++) seen[at + c] = a[pixel * channels + c]!;
  });
  return seen;
}

/**
 * z[n, p, f] = b[f] + Σ_i seen[n, p, i]·W[i, f], i ascending; zeros outside the picture are added like other terms.
 *
 * @param seen as `placesOf` gives it
 * @param z [rows, places, filters]
 */
export function convolutionForward(
  seen: Float32Array,
  rows: number,
  plan: ConvolutionPlan,
  weights: Float32Array,
  bias: Float32Array,
  z: Float32Array,
): void {
  denseForward(seen, rows * placeCount(plan.places), weights, bias, z, false);
}

/**
 * g[i, f] = Σ_n Σ_p seen[n, p, i]·d[n, p, f] and g_b[f] = Σ_n Σ_p d[n, p, f], each starting at 0, n and then p ascending.
 *
 * @param delta [rows, places, filters]
 */
export function convolutionGradient(
  seen: Float32Array,
  rows: number,
  plan: ConvolutionPlan,
  delta: Float32Array,
  gradient: { weights: Float32Array; bias: Float32Array },
): void {
  const count = rows * placeCount(plan.places);
  biasGradient(delta, count, gradient.bias);
  denseGradient(seen, count, delta, gradient.weights, false);
}

/**
 * What arrives at a pixel: the sum, starting at 0, of d[n, p, f]·W[i, f] over the places p that see it at a position i, p
 * ascending, and for each of them over f ascending.
 *
 * @param previous [rows, height, width, channels], overwritten
 */
export function convolutionBackward(
  delta: Float32Array,
  rows: number,
  plan: ConvolutionPlan,
  weights: Float32Array,
  previous: Float32Array,
): void {
  const channels = plan.input[2];
  const filters = plan.output[2];
  previous.fill(0);
  forEachPixel(rows, plan.input, plan.places, (place, window, pixel) => {
    const d = place * filters;
    for (let c = 0; c < channels; c++) {
      const w = (window * channels + c) * filters;
      let sum = previous[pixel * channels + c]!;
      for (let k = 0; k < filters; k++) sum = f(sum + f(delta[d + k]! * weights[w + k]!));
      previous[pixel * channels + c] = sum;
    }
  });
}

/**
 * Of each place and channel the largest value, the first of equals; or the mean: the sum in the order of positions, the first
 * of them as it is, divided by their number.
 *
 * @param a [rows, height, width, channels] @param z [rows, places, channels]
 */
export function poolForward(a: Float32Array, rows: number, plan: PoolPlan, z: Float32Array): void {
  const channels = plan.input[2];
  const last = plan.places.height * plan.places.width - 1;
  const isMax = plan.kind === 'maxPool';
  forEachPixel(rows, plan.input, plan.places, (place, window, pixel) => {
    for (let c = 0; c < channels; c++) {
      const at = place * channels + c;
      const value = a[pixel * channels + c]!;
      if (window === 0) z[at] = value;
      else if (!isMax) z[at] = z[at]! + value;
      else if (value > z[at]!) z[at] = value;
      if (!isMax && window === last) z[at] = z[at]! / (last + 1);
    }
  });
}

/**
 * To the pixel that was the largest all of a place's delta, or to each pixel the delta divided by their number: sums starting
 * at 0, places ascending.
 *
 * @param previous [rows, height, width, channels], overwritten
 */
export function poolBackward(
  a: Float32Array,
  delta: Float32Array,
  rows: number,
  plan: PoolPlan,
  previous: Float32Array,
): void {
  const channels = plan.input[2];
  const pixels = plan.places.height * plan.places.width;
  previous.fill(0);
  const largest = plan.kind === 'maxPool' ? largestOf(a, rows, plan) : undefined;
  forEachPixel(rows, plan.input, plan.places, (place, window, pixel) => {
    for (let c = 0; c < channels; c++) {
      const at = place * channels + c;
      const d = delta[at]!;
      if (largest === undefined) {
        previous[pixel * channels + c] = previous[pixel * channels + c]! + f(d / pixels);
      } else if (largest[at] === window) {
        previous[pixel * channels + c] = previous[pixel * channels + c]! + d;
      }
    }
  });
}

/** Where in its window each place's largest value stands, of each channel. */
function largestOf(a: Float32Array, rows: number, plan: PoolPlan): Uint32Array {
  const channels = plan.input[2];
  const found = new Uint32Array(rows * placeCount(plan.places) * channels);
  const values = new Float32Array(found.length);
  forEachPixel(rows, plan.input, plan.places, (place, window, pixel) => {
    for (let c = 0; c < channels; c++) {
      const at = place * channels + c;
      const value = a[pixel * channels + c]!;
      if (window > 0 && !(value > values[at]!)) continue;
      values[at] = value;
      found[at] = window;
    }
  });
  return found;
}

/**
 * Leaves out the values whose draw is below the rate, in place, and makes the others 1 / (1 - rate) as large. Element e of
 * the batch has word e mod 4 of Philox's block (⌊e / 4⌋, layer, step) under the seed.
 *
 * @param values [rows, units] @param first row of the batch that they begin with
 * @param layer index of the layer in the network's plan
 */
export function applyDropout(
  values: Float32Array,
  { rate, outputs }: DropoutPlan,
  layer: number,
  { seed, step }: Noise,
  first: number,
): void {
  const words = new Uint32Array(4);
  const threshold = dropoutThreshold(rate);
  const scale = dropoutScale(rate);
  let block = -1;
  for (let i = 0; i < values.length; i++) {
    const element = first * outputs + i;
    if (element >>> 2 !== block) {
      block = element >>> 2;
      philox4x32(block, layer, step, 0, seed, PURPOSE.dropout, words);
    }
    values[i] = words[element & 3]! < threshold ? 0 : values[i]! * scale;
  }
}

/** Draws of 32 bits below it leave a value out. */
export const dropoutThreshold = (rate: number): number => Math.floor(rate * 2 ** 32);

/** 1 / (1 - rate) as a float32. */
export const dropoutScale = (rate: number): number => f(1 / (1 - rate));

const placeCount = ({ rows, columns }: Places): number => rows * columns;

/** Visits what each place sees, places ascending and in each the window's pixels; not what is outside the picture. */
function forEachPixel(
  rows: number,
  [height, width]: readonly [number, number, number],
  places: Places,
  visit: (place: number, window: number, pixel: number) => void,
): void {
  let place = 0;
  for (let n = 0; n < rows; n++) {
    for (let row = 0; row < places.rows; row++) {
      for (let column = 0; column < places.columns; column++, place++) {
        for (let i = 0; i < places.height; i++) {
          const y = row * places.strideDown + i - places.top;
          if (y < 0 || y >= height) continue;
          for (let j = 0; j < places.width; j++) {
            const x = column * places.strideAcross + j - places.left;
            if (x < 0 || x >= width) continue;
            visit(place, i * places.width + j, (n * height + y) * width + x);
          }
        }
      }
    }
  }
}
