/** Weights as they begin, a pure function of (seed, layer), and as files hold them. */

import { type Tensor, tensorOf } from '../bytes/safetensors.ts';
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

/** W1, b1, W2, b2, … in the textbook's shapes, W [inputs, outputs] and b [outputs], each name behind `prefix`. */
export function layerTensors(layers: readonly DenseLayer[], prefix = ''): [string, Tensor][] {
  return layers.flatMap(({ weights, bias }, index): [string, Tensor][] => [
    [`${prefix}W${index + 1}`, tensorOf(weights, [weights.length / bias.length, bias.length])],
    [`${prefix}b${index + 1}`, tensorOf(bias, [bias.length])],
  ]);
}
