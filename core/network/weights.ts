/** Weights as they begin, a pure function of (seed, layer), and as files hold them. */

import { showShape } from '../bytes/quote.ts';
import { float32Of, type Tensor, tensorOf } from '../bytes/safetensors.ts';
import { IntegrityError } from '../errors.ts';
import { fillNormal, PURPOSE } from '../random/streams.ts';
import { checkWord, type DenseLayer, type WeightInit } from './architecture.ts';

/** Standard deviation of a layer's initial weights: fixed, √(1/inputs) (Xavier) or √(2/inputs) (He), as the textbook. */
export function initialStd(init: WeightInit, inputs: number): number {
  switch (init.kind) {
    case 'normal':
      return init.std;
    case 'xavier':
      return Math.sqrt(1 / inputs);
    case 'he':
      return Math.sqrt(2 / inputs);
  }
}

/** Layers of the given sizes with normal weights and zero biases. @throws ConfigError for another kind of `init` */
export function initialLayers(sizes: readonly number[], init: WeightInit, seed: number): DenseLayer[] {
  checkWord('weightInit.kind', init.kind, ['normal', 'xavier', 'he']);
  return sizes.slice(1).map((outputs, index) => {
    const inputs = sizes[index]!;
    const weights = new Float32Array(inputs * outputs);
    fillNormal(weights, initialStd(init, inputs), seed, PURPOSE.weights, index);
    return { weights, bias: new Float32Array(outputs) };
  });
}

/** W1, b1, W2, b2, … in the textbook's shapes, W [inputs, outputs] and b [outputs], each name behind `prefix`. */
export function layerTensors(layers: readonly DenseLayer[], prefix = ''): [string, Tensor][] {
  return layers.flatMap(({ weights, bias }, index): [string, Tensor][] => [
    [`${prefix}W${index + 1}`, tensorOf(weights, [weights.length / bias.length, bias.length])],
    [`${prefix}b${index + 1}`, tensorOf(bias, [bias.length])],
  ]);
}

/**
 * Takes out of `tensors` what `layerTensors` made of layers of these sizes.
 *
 * @param what the tensors are, for errors
 * @param isAllowed of each value, besides being finite
 * @throws IntegrityError when one is missing, misshapen, or has a value that is not allowed
 */
export function takeLayers(
  tensors: Map<string, Tensor>,
  sizes: readonly number[],
  what: string,
  prefix = '',
  isAllowed: (value: number) => boolean = () => true,
): DenseLayer[] {
  const take = (name: string, shape: number[]): Float32Array => {
    const tensor = tensors.get(name);
    tensors.delete(name);
    if (tensor?.shape.join() !== shape.join()) {
      const got = tensor === undefined ? 'none' : showShape(tensor.shape);
      throw new IntegrityError(`${what} ${name}: got ${got}, expected ${showShape(shape)}`);
    }
    const values = float32Of(name, tensor!);
    const wrong = values.findIndex((value) => !Number.isFinite(value) || !isAllowed(value));
    if (wrong >= 0) throw new IntegrityError(`${what} ${name}[${wrong}] is ${values[wrong]}`);
    return values;
  };
  return sizes.slice(1).map((outputs, index) => ({
    weights: take(`${prefix}W${index + 1}`, [sizes[index]!, outputs]),
    bias: take(`${prefix}b${index + 1}`, [outputs]),
  }));
}
