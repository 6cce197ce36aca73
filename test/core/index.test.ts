import { expect, it } from 'vitest';
import { loadMnist, numericalDerivative, textbook } from '../../core/index.ts';

it('the library has the textbook beside the training network', () => {
  expect(Object.keys(textbook).sort()).toEqual([
    'AND',
    'Matrix',
    'MultiLayerNet',
    'NAND',
    'OR',
    'TwoLayerNet',
    'XOR',
    'accuracy',
    'batchCrossEntropy',
    'batchMeanSquaredError',
    'crossEntropy',
    'forward',
    'gradientDescent',
    'identity',
    'initNetwork',
    'meanSquaredError',
    'numericalDerivative',
    'numericalGradient',
    'perceptron',
    'relu',
    'sigmoid',
    'softmax',
    'softmaxCrossEntropy',
    'step',
  ]);
  expect(textbook.numericalDerivative).toBe(numericalDerivative);
  expect(typeof loadMnist).toBe('function');
});
