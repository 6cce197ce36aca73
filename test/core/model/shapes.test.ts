import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import { Network } from '../../../core/model/network.ts';
import { initialLayers } from '../../../core/network/weights.ts';

const network = (sizes: number[], weightsOf = sizes) =>
  new Network(
    { layers: sizes, activation: 'relu', output: 'softmax', loss: 'crossEntropy' },
    initialLayers(weightsOf, { kind: 'he' }, 0),
  );

describe('a network', () => {
  it.each<[number[], number[], string]>([
    [[0, 3], [0, 3], 'layers[0]: got 0 units, expected a whole number from 1'],
    [[3, 0, 2], [3, 0, 2], 'layers[1]: got 0 units, expected a whole number from 1'],
    [[3, 1.5], [3, 1], 'layers[1]: got 1.5 units, expected a whole number from 1'],
    [[3, 2], [3, 2, 2], 'layers: got 2 of weights, expected 1'],
    [[3, 2], [2, 2], 'layers[0]: got 4 weights and 2 biases, expected 6 and 2'],
  ])('of layers %j with weights of %j is refused', (sizes, weightsOf, message) => {
    expect(() => network(sizes, weightsOf)).toThrow(new ConfigError(message));
  });
});
