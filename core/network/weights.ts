/** Weights as they begin, a pure function of (seed, layer), and as files hold them. */

import { showShape } from '../bytes/quote.ts';
import { float32Of, type Tensor, tensorOf } from '../bytes/safetensors.ts';
import { IntegrityError } from '../errors.ts';
import { fillNormal, PURPOSE } from '../random/streams.ts';
import { checkWord, type LayerParameters, type WeightInit } from './architecture.ts';
import type { LayerSpecs } from './layers.ts';
import { fanIn, fanOut, parametric, planLayers } from './plan.ts';

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

/**
 * Normal weights and zero biases of each layer that has any.
 *
 * @throws ConfigError for another kind of `init`, and layers that don't fit each other
 */
export function initialLayers(layers: LayerSpecs, init: WeightInit, seed: number): LayerParameters[] {
  checkWord('weightInit.kind', init.kind, ['normal', 'xavier', 'he']);
  return parametricOf(layers).map((layer, index) => {
    const weights = new Float32Array(fanIn(layer) * fanOut(layer));
    fillNormal(weights, initialStd(init, fanIn(layer)), seed, PURPOSE.weights, index);
    return { weights, bias: new Float32Array(fanOut(layer)) };
  });
}

/**
 * W1, b1, W2, b2, … each name behind `prefix`. Of a dense layer W is [inputs, outputs], as in the textbook, of a convolution
 * [kernel height, kernel width, channels, filters]; b is [outputs] or [filters].
 *
 * @param specs of the network that the layers are of
 */
export function layerTensors(
  specs: LayerSpecs,
  layers: readonly LayerParameters[],
  prefix = '',
): [string, Tensor][] {
  return parametricOf(specs).flatMap(({ tensor }, index): [string, Tensor][] => [
    [`${prefix}W${index + 1}`, tensorOf(layers[index]!.weights, [...tensor])],
    [`${prefix}b${index + 1}`, tensorOf(layers[index]!.bias, [layers[index]!.bias.length])],
  ]);
}

/** Activations decide no size. */
const parametricOf = (layers: LayerSpecs) => parametric(planLayers(layers, 'identity'));

/**
 * Takes out of `tensors` what `layerTensors` made of a network of these layers.
 *
 * @param what the tensors are, for errors
 * @param isAllowed of each value, besides being finite
 * @throws IntegrityError when one is missing, misshapen, or has a value that is not allowed
 */
export function takeLayers(
  tensors: Map<string, Tensor>,
  specs: LayerSpecs,
  what: string,
  prefix = '',
  isAllowed: (value: number) => boolean = () => true,
): LayerParameters[] {
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
  return parametricOf(specs).map((layer, index) => ({
    weights: take(`${prefix}W${index + 1}`, [...layer.tensor]),
    bias: take(`${prefix}b${index + 1}`, [fanOut(layer)]),
  }));
}
