/** Two ways to write a training step in TensorFlow.js; tfjs.ts says which is which. */
import type { ConvolutionPlan, LayerPlan, PoolPlan } from '../../../../core/network/plan.ts';
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
export function forward(
  tf: Tfjs,
  { activation }: Network,
  plan: readonly LayerPlan[],
  layers: Layer[],
  x: Tensor,
): Tensor[] {
  const values = [x];
  let parameters = 0;
  for (const layer of plan) {
    const a = shapedFor(tf, layer, values.at(-1)!);
    if (layer.kind === 'maxPool') {
      values.push(pooled(tf, layer, a));
      continue;
    }
    const { weights, bias } = layers[parameters++]!;
    if (layer.kind === 'convolution') {
      const pad = paddingOf(layer);
      values.push(tf.fused.conv2d({ x: a, filter: weights, strides: 1, pad, bias, activation }));
      continue;
    }
    const isLast = layer === plan.at(-1);
    const z = tf.fused.matMul({ a, b: weights, bias, activation: isLast ? 'linear' : activation });
    values.push(isLast ? tf.softmax(z) : z);
  }
  return values;
}

export function autogradStep(
  tf: Tfjs,
  { activation, learningRate }: Network,
  plan: readonly LayerPlan[],
): Step {
  const optimizer = tf.train.sgd(learningRate);
  const activate = activation === 'relu' ? tf.relu : tf.sigmoid;
  const logits = (layers: Layer[], x: Tensor) => {
    let parameters = 0;
    return plan.reduce((value, layer) => {
      const a = shapedFor(tf, layer, value);
      if (layer.kind === 'maxPool') return pooled(tf, layer, a);
      const { weights, bias } = layers[parameters++]!;
      const product =
        layer.kind === 'convolution' ? tf.conv2d(a, weights, 1, paddingOf(layer)) : tf.matMul(a, weights);
      const z = tf.add(product, bias);
      return layer === plan.at(-1) ? z : activate(z);
    }, x);
  };
  return (layers, x, target) => {
    const variables = layers.flatMap(({ weights, bias }) => [weights, bias]);
    optimizer.minimize(() => tf.losses.softmaxCrossEntropy(target, logits(layers, x)), false, variables);
    return layers;
  };
}

/** Rows as pictures, and pictures as rows. */
function shapedFor(tf: Tfjs, { kind, input, inputs }: LayerPlan, a: Tensor): Tensor {
  const rows = a.shape[0]!;
  return tf.reshape(a, kind === 'dense' ? [rows, inputs] : [rows, ...input]);
}

function pooled(tf: Tfjs, { places }: PoolPlan, a: Tensor): Tensor {
  const window: [number, number] = [places.height, places.width];
  return tf.maxPool(a, window, window, 'valid');
}

const paddingOf = ({ places }: ConvolutionPlan) => (places.top > 0 ? 'same' : 'valid');

/** Of dense layers. */
export function stepByHand(tf: Tfjs, network: Network, plan: readonly LayerPlan[]): Step {
  return (layers, x, target) => {
    const values = forward(tf, network, plan, layers, x);
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
