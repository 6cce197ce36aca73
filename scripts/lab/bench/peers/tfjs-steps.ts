/** Two ways to write a training step in TensorFlow.js; tfjs.ts says which is which. */
import type { TrainingConfig } from '../../../../core/training/config.ts';
import type { Tensor, Tfjs } from './tfjs-api.ts';

export interface Layer {
  weights: Tensor;
  bias: Tensor;
}

/** One step from `layers`, which are variables, on a batch and its one-hot targets. @returns the layers after it */
export type Step = (layers: Layer[], x: Tensor, target: Tensor) => Layer[];

type Network = Pick<TrainingConfig, 'activation' | 'learningRate' | 'batchSize'>;

/** Each layer's input, and at last the probabilities. */
export function forward(tf: Tfjs, { activation }: Network, layers: Layer[], x: Tensor): Tensor[] {
  const values = [x];
  for (const [index, { weights, bias }] of layers.entries()) {
    const isLast = index === layers.length - 1;
    const a = values.at(-1)!;
    const z = tf.fused.matMul({ a, b: weights, bias, activation: isLast ? 'linear' : activation });
    values.push(isLast ? tf.softmax(z) : z);
  }
  return values;
}

export function autogradStep(tf: Tfjs, { activation, learningRate }: Network): Step {
  const optimizer = tf.train.sgd(learningRate);
  const activate = activation === 'relu' ? tf.relu : tf.sigmoid;
  const logits = (layers: Layer[], x: Tensor) =>
    layers.reduce((a, { weights, bias }, index) => {
      const z = tf.add(tf.matMul(a, weights), bias);
      return index === layers.length - 1 ? z : activate(z);
    }, x);
  return (layers, x, target) => {
    const variables = layers.flatMap(({ weights, bias }) => [weights, bias]);
    optimizer.minimize(() => tf.losses.softmaxCrossEntropy(target, logits(layers, x)), false, variables);
    return layers;
  };
}

export function stepByHand(tf: Tfjs, network: Network): Step {
  return (layers, x, target) => {
    const values = forward(tf, network, layers, x);
    let delta = tf.mul(tf.sub(values.at(-1)!, target), network.learningRate / network.batchSize);
    const updated: Layer[] = [];
    for (let index = layers.length - 1; index >= 0; index--) {
      const { weights, bias } = layers[index]!;
      const input = values[index]!;
      updated.unshift({
        weights: tf.sub(weights, tf.matMul(tf.transpose(input), delta)),
        bias: tf.sub(bias, tf.sum(delta, 0)),
      });
      if (index === 0) break;
      const back = tf.matMul(delta, tf.transpose(weights));
      const slope = network.activation === 'relu' ? tf.step(input) : tf.mul(input, tf.sub(1, input));
      delta = tf.mul(back, slope);
    }
    for (const { weights, bias } of layers) {
      weights.dispose();
      bias.dispose();
    }
    return updated;
  };
}
