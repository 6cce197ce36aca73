/** What a network is made of: the words of its architecture, and its layers. */

export type ActivationName = 'sigmoid' | 'relu' | 'step' | 'identity';
export type OutputName = 'softmax' | 'identity';
export type LossName = 'crossEntropy' | 'meanSquaredError';
export type WeightInit = { kind: 'normal'; std: number } | { kind: 'xavier' } | { kind: 'he' };

/** What a network computes, apart from its weights. */
export interface Architecture {
  /**
   * Units of each layer, inputs first: [784, 50, 10] has one hidden layer of 50. The first are the dataset's inputs,
   * the last its classes or targets.
   */
  layers: readonly number[];
  /** Activation of every hidden layer. */
  activation: ActivationName;
  /** Function of the output layer: softmax to choose a class, identity to predict numbers. */
  output: OutputName;
  /** What training makes small: crossEntropy goes with softmax, meanSquaredError with identity. */
  loss: LossName;
}

/** One dense layer: x·W + b. */
export interface DenseLayer {
  /** W, [inputs, outputs] row-major. */
  weights: Float32Array;
  /** b, [outputs]. */
  bias: Float32Array;
}

/**
 * Whether a layer leaves out the terms whose input is zero: the first, whose inputs are the data's (81 % of MNIST's
 * pixels are zero), and those after units that are often exactly zero. It saves the work and, being the same on all
 * backends, costs no bit.
 */
export function skipsZeros({ activation }: Pick<Architecture, 'activation'>, layer: number): boolean {
  return layer === 0 || activation === 'relu' || activation === 'step';
}
