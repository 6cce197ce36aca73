/** Activation and output functions in float64, of a number or of every number of an array. */
import { exp } from '../math/elementary.ts';

export interface Elementwise {
  (x: number): number;
  /** A new array of x's length. */
  (x: ArrayLike<number>): Float64Array;
}

function elementwise(h: (x: number) => number): Elementwise {
  function apply(x: number): number;
  function apply(x: ArrayLike<number>): Float64Array;
  function apply(x: number | ArrayLike<number>): number | Float64Array {
    return typeof x === 'number' ? h(x) : Float64Array.from(x, h);
  }
  return apply;
}

/** 1 where x > 0, else 0. */
export const step = elementwise((x) => (x > 0 ? 1 : 0));

/** 1 / (1 + e^-x). */
export const sigmoid = elementwise((x) => 1 / (1 + exp(-x)));

/** max(x, 0). */
export const relu = elementwise((x) => Math.max(x, 0));

export const identity = elementwise((x) => x);

/**
 * y_k = e^(a_k - max a) / Σ_j e^(a_j - max a). Subtracting the largest score changes nothing in exact arithmetic and
 * keeps every exponent at 0 or below, so that no finite scores overflow.
 *
 * @param a scores, [classes]
 * @returns probabilities, [classes]
 */
export function softmax(a: ArrayLike<number>): Float64Array {
  const max = Array.from(a).reduce((x, y) => Math.max(x, y), Number.NEGATIVE_INFINITY);
  const e = Float64Array.from(a, (score) => exp(score - max));
  const sum = e.reduce((x, y) => x + y, 0);
  return e.map((value) => value / sum);
}
