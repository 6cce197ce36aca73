/** Initial weights, a pure function of (seed, layer). */

import { fillNormal, PURPOSE } from '../random/streams.ts';
import type { DenseLayer, WeightInit } from './architecture.ts';

/** Standard deviation of a layer's initial weights: fixed, √(1/inputs) (Xavier) or √(2/inputs) (He), as the textbook. */
export function initialStd(init: WeightInit, inputs: number): number {
  switch (init.kind) {
    case 'normal':
      return init.std;
    case 'xavier':
      return Math.sqrt(1 / inputs);
    case 'he':
      return Math.sqrt(2 / inputs);
  }
}

/** Layers of the given sizes with normal weights and zero biases. */
export function initialLayers(sizes: readonly number[], init: WeightInit, seed: number): DenseLayer[] {
  return sizes.slice(1).map((outputs, index) => {
    const inputs = sizes[index]!;
    const weights = new Float32Array(inputs * outputs);
    fillNormal(weights, initialStd(init, inputs), seed, PURPOSE.weights, index);
    return { weights, bias: new Float32Array(outputs) };
  });
}
