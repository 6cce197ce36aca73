/** What a network is made of: the words of its architecture, and its layers. */

import { ConfigError } from '../errors.ts';
import type { ActivationName, LayerSpecs } from './layers.ts';

export { ACTIVATIONS, type ActivationName } from './layers.ts';
export const OUTPUTS = ['softmax', 'identity'] as const;
export type OutputName = (typeof OUTPUTS)[number];
export const LOSSES = ['crossEntropy', 'meanSquaredError'] as const;
export type LossName = (typeof LOSSES)[number];
export type WeightInit = { kind: 'normal'; std: number } | { kind: 'xavier' } | { kind: 'he' };

/** What a network computes, apart from its weights. */
export interface Architecture {
  /**
   * Units of each layer, inputs first: [784, 50, 10] has one hidden layer of 50. The first are the dataset's inputs,
   * the last its classes or targets.
   */
  layers: LayerSpecs;
  /** Activation of every hidden layer. */
  activation: ActivationName;
  /** Function of the output layer: softmax to choose a class, identity to predict numbers. */
  output: OutputName;
  /** What training makes small: crossEntropy goes with softmax, meanSquaredError with identity. */
  loss: LossName;
}

/** Types don't hold everywhere. @throws ConfigError for a word that is none of those */
export function checkWord(field: string, value: string, words: readonly string[]): void {
  if (words.includes(value)) return;
  const expected = words.map((word) => JSON.stringify(word)).join(' or ');
  throw new ConfigError(`${field}: got ${JSON.stringify(value)}, expected ${expected}`);
}

/** What a layer has learned: x·W + b. A convolution's x are the places of its window, its outputs the filters. */
export interface LayerParameters {
  /** W, [inputs, outputs] row-major. */
  weights: Float32Array;
  /** b, [outputs]. */
  bias: Float32Array;
}
