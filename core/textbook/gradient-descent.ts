/** Walking down a function along its numerical gradient. */
import { numericalGradient } from '../math/numerical-gradient.ts';

export interface Descent {
  /** Where the walk ended. */
  x: Float64Array;
  /** Every point visited, the first and the last included: steps + 1 of them. */
  path: Float64Array[];
}

/**
 * x = x - learningRate·∇f(x), `steps` times. A rate too large leaps away from the minimum, one too small hardly moves.
 *
 * @param start left as it is
 */
export function gradientDescent(
  f: (x: Float64Array) => number,
  start: ArrayLike<number>,
  { learningRate = 0.01, steps = 100 } = {},
): Descent {
  const x = Float64Array.from(start);
  const path = [x.slice()];
  for (let step = 0; step < steps; step++) {
    const gradient = numericalGradient(f, x);
    gradient.forEach((slope, i) => {
      x[i]! -= learningRate * slope;
    });
    path.push(x.slice());
  }
  return { x, path };
}
