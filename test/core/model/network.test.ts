import { expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import { Network } from '../../../core/model/network.ts';
import { initialLayers } from '../../../core/network/weights.ts';
import { sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import { classifier, regression } from '../architectures.ts';

const network = (sizes: number[], weightsOf = sizes) =>
  new Network(classifier(sizes), initialLayers(weightsOf, { kind: 'he' }, 0));

it.each<[number[], number[], string]>([
  [[0, 3], [0, 3], 'layers[0]: got 0 units, expected a whole number from 1'],
  [[3, 0, 2], [3, 0, 2], 'layers[1]: got 0 units, expected a whole number from 1'],
  [[3, 1.5], [3, 1], 'layers[1]: got 1.5 units, expected a whole number from 1'],
  [[3, 2], [3, 2, 2], 'layers: got 2 of weights, expected 1'],
  [[3, 2], [2, 2], 'layers[0]: got 4 weights and 2 biases, expected 6 and 2'],
])('of layers %j with weights of %j is refused', (sizes, weightsOf, message) => {
  expect(() => network(sizes, weightsOf)).toThrow(new ConfigError(message));
});

it("has a summary, here of the textbook's: a line per layer, and the sum", () => {
  expect(network([784, 50, 100, 10]).summary().split('\n')).toEqual([
    '   layer  input  output  activation  parameters',
    '1  dense  784    50      sigmoid          39250',
    '2  dense  50     100     sigmoid           5100',
    '3  dense  100    10      softmax           1010',
    '                                          45360',
  ]);
});

it("gives the output of the textbook's three-layer example", () => {
  const network = new Network(regression([2, 3, 2, 2]), [
    { weights: Float32Array.of(0.1, 0.3, 0.5, 0.2, 0.4, 0.6), bias: Float32Array.of(0.1, 0.2, 0.3) },
    { weights: Float32Array.of(0.1, 0.4, 0.2, 0.5, 0.3, 0.6), bias: Float32Array.of(0.1, 0.2) },
    { weights: Float32Array.of(0.1, 0.3, 0.2, 0.4), bias: Float32Array.of(0.1, 0.2) },
  ]);
  // Pixels of 255·x are the inputs x.
  const y = network.forward(sparseFromPixels([[255, 127.5]], 2), Uint32Array.of(0));
  expect(y[0]).toBeCloseTo(0.31682708, 6);
  expect(y[1]).toBeCloseTo(0.69627909, 6);
});
