/** The two kinds of network that tests build again and again. */
import type { ActivationName, Architecture } from '../../core/network/architecture.ts';
import type { LayerSpecs } from '../../core/network/layers.ts';

/** As what is given has them: sizes of dense layers stay numbers. */
export type ArchitectureOf<Layers extends LayerSpecs> = Architecture & { layers: Layers };
export type DenseArchitecture = ArchitectureOf<readonly number[]>;

export const classifier = <Layers extends LayerSpecs>(
  layers: Layers,
  activation: ActivationName = 'sigmoid',
): ArchitectureOf<Layers> => ({
  layers,
  activation,
  output: 'softmax',
  loss: 'crossEntropy',
});

export const regression = <Layers extends LayerSpecs>(
  layers: Layers,
  activation: ActivationName = 'sigmoid',
): ArchitectureOf<Layers> => ({
  layers,
  activation,
  output: 'identity',
  loss: 'meanSquaredError',
});
