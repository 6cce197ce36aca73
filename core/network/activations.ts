/** Activations of the hidden layers, applied in place to float32 values; each operation is rounded to float32. */
import { exp32 } from '../math/exp32.ts';
import type { ActivationName } from './architecture.ts';

const f = Math.fround;

export interface Activation {
  /** a = h(z), in place over the first `count` values. */
  forward(values: Float32Array, count: number): void;
  /** d = h'(z)·d, in place, with h' expressed through the activation's output a; 0 where h' is 0, whatever d. */
  backward(delta: Float32Array, output: Float32Array, count: number): void;
}

/** 1 / (1 + e^-x) in float32. */
export const sigmoid = (x: number): number => f(1 / f(1 + exp32(-x)));

/** 1 where x > 0, else 0. */
export const step = (x: number): number => (x > 0 ? 1 : 0);

/** max(x, 0); NaN stays NaN. */
export const relu = (x: number): number => Math.max(x, 0);

export const identity = (x: number): number => x;

function elementwise(h: (x: number) => number, chain: (d: number, output: number) => number): Activation {
  return {
    forward(values, count) {
      for (let i = 0; i < count; i++) values[i] = h(values[i]!);
    },
    backward(delta, output, count) {
      for (let i = 0; i < count; i++) delta[i] = chain(delta[i]!, output[i]!);
    },
  };
}

export const ACTIVATIONS: Readonly<Record<ActivationName, Activation>> = {
  sigmoid: elementwise(sigmoid, (d, a) => f(d * f(a * f(1 - a)))),
  relu: elementwise(relu, (d, a) => (a === 0 ? 0 : d)),
  // Its derivative is 0 wherever it exists: no gradient passes, which is why the textbook moves on to the sigmoid.
  step: elementwise(step, () => 0),
  identity: elementwise(identity, (d) => d),
};
