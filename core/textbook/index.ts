/**
 * The textbook's programs in float64, to be read beside it: one idea a file, in the order of the chapters.
 * Training runs use `Network` and `Trainer`, which compute the same in float32 and fast.
 */

export { numericalDerivative, numericalGradient } from '../math/numerical-gradient.ts';
export { crossEntropy, meanSquaredError } from '../network/losses.ts';
export * from './activations.ts';
export * from './convolution.ts';
export * from './feature-maps.ts';
export * from './gradient-descent.ts';
export { col2im, im2col, placesAlong, type Window } from './im2col.ts';
export {
  accuracy,
  batchCrossEntropy,
  batchMeanSquaredError,
  softmaxCrossEntropy,
  type Targets,
} from './losses.ts';
export { Matrix } from './matrix.ts';
export * from './multi-layer-net.ts';
export * from './perceptron.ts';
export * from './pooling.ts';
export * from './simple-conv-net.ts';
export * from './three-layer-example.ts';
export * from './two-layer-net.ts';
