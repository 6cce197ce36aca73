/** Why a network answers a class: the contribution of each input to the class's logit. */
import { denseBackward } from '../kernels/reference.ts';
import { convolutionBackward, poolBackward } from '../kernels/reference-pictures.ts';
import { ACTIVATIONS } from '../network/activations.ts';
import type { Architecture, LayerParameters } from '../network/architecture.ts';
import { inputsOf, outputsOf, planLayers } from '../network/plan.ts';
import { PIXEL_SCALE } from '../rows/sparse-rows.ts';
import { layerValues } from './layer-values.ts';

/**
 * Gradient × input: c_i = x_i · ∂z_k/∂x_i, with z_k the class's value before the output function (A. Shrikumar et al.,
 * "Not Just a Black Box", 2016). For a network without hidden layers the c_i add up to z_k minus its bias. With the
 * activation `step`, whose derivative is 0, all c_i are 0.
 *
 * @param layers the network's weights
 * @param x inputs as the network takes them, pixels divided by 255; [inputs]
 * @param k class
 * @returns float32, [inputs]
 * @throws RangeError when x or k doesn't fit the network
 */
export function explainClass(
  architecture: Architecture,
  layers: readonly LayerParameters[],
  x: Float32Array,
  k: number,
): Float32Array {
  const inputs = inputsOf(architecture.layers);
  const classes = outputsOf(architecture.layers);
  if (x.length !== inputs) throw new RangeError(`x: got ${x.length} values, expected ${inputs}`);
  if (!(Number.isInteger(k) && k >= 0 && k < classes)) {
    throw new RangeError(`k: got ${k}, expected a class below ${classes}`);
  }
  const plan = planLayers(architecture.layers, architecture.activation);
  // The class's value is linear in what comes before it.
  const values = layerValues(plan, layers, x, plan.length - 1);
  let delta = new Float32Array(classes);
  delta[k] = 1;
  let parameters = layers.length;
  for (let index = plan.length - 1; index >= 0; index--) {
    const layer = plan[index]!;
    // Dropout is for training: here it changes nothing.
    if (layer.kind === 'dropout') continue;
    const previous = new Float32Array(layer.inputs);
    if (layer.kind === 'maxPool' || layer.kind === 'averagePool') {
      poolBackward(values[index]!, delta, 1, layer, previous);
    } else {
      const { weights } = layers[--parameters]!;
      if (layer.activation !== undefined) {
        ACTIVATIONS[layer.activation].backward(delta, values[index + 1]!, delta.length);
      }
      if (layer.kind === 'dense') denseBackward(delta, 1, weights, previous);
      else convolutionBackward(delta, 1, layer, weights, previous);
    }
    delta = previous;
  }
  return delta.map((gradient, i) => gradient * x[i]!);
}

/**
 * The same of a picture, whose pixels the network takes divided by 255.
 *
 * @param pixels 0–255, [inputs]
 * @throws RangeError as `explainClass`
 */
export function explainPixels(
  architecture: Architecture,
  layers: readonly LayerParameters[],
  pixels: ArrayLike<number>,
  k: number,
): Float32Array {
  return explainClass(
    architecture,
    layers,
    Float32Array.from(pixels, (pixel) => pixel / PIXEL_SCALE),
    k,
  );
}
