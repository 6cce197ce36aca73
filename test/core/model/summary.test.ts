import { expect, it } from 'vitest';
import { Network } from '../../../core/model/network.ts';
import { initialLayers } from '../../../core/network/weights.ts';

const summary = (layers: number[]) =>
  new Network(
    { layers, activation: 'sigmoid', output: 'softmax', loss: 'crossEntropy' },
    initialLayers(layers, { kind: 'xavier' }, 0),
  ).summary();

it("summary of the textbook's two networks: a line per layer, then all parameters", () => {
  expect(summary([784, 50, 10]).split('\n')).toEqual([
    '1  784 → 50  sigmoid  39250 parameters',
    '2  50 → 10  softmax  510 parameters',
    '39760 parameters',
  ]);
  expect(summary([784, 50, 100, 10]).split('\n')).toEqual([
    '1  784 → 50  sigmoid  39250 parameters',
    '2  50 → 100  sigmoid  5100 parameters',
    '3  100 → 10  softmax  1010 parameters',
    '45360 parameters',
  ]);
});
