/** The two kinds of network that tests build again and again. */
import type { ActivationName, Architecture } from '../../core/network/architecture.ts';

type Layers = readonly number[];

export const classifier = (layers: Layers, activation: ActivationName = 'sigmoid'): Architecture => ({
  layers,
  activation,
  output: 'softmax',
  loss: 'crossEntropy',
});

export const regression = (layers: Layers, activation: ActivationName = 'sigmoid'): Architecture => ({
  layers,
  activation,
  output: 'identity',
  loss: 'meanSquaredError',
});
