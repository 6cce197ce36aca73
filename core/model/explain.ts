/** Why a network answers a class: the contribution of each input to the class's logit. */
import { denseBackward, denseForward } from '../kernels/reference.ts';
import { ACTIVATIONS } from '../network/activations.ts';
import { type Architecture, type DenseLayer, skipsZeros } from '../network/architecture.ts';
import { PIXEL_SCALE } from '../rows/sparse-rows.ts';

/**
 * Gradient × input: c_i = x_i · ∂z_k/∂x_i, with z_k the class's value before the output function (A. Shrikumar et al.,
 * "Not Just a Black Box", 2016). For a network without hidden layers the c_i add up to z_k minus its bias. With the
 * activation `step`, whose derivative is 0, all c_i are 0.
 *
 * @param layers the network's weights
 * @param x inputs as the network takes them, pixels divided by 255; [layers[0]]
 * @param k class
 * @returns float32, [layers[0]]
 * @throws RangeError when x or k doesn't fit the network
 */
export function explainClass(
  architecture: Architecture,
  layers: readonly DenseLayer[],
  x: Float32Array,
  k: number,
): Float32Array {
  const inputs = architecture.layers[0]!;
  const classes = architecture.layers.at(-1)!;
  if (x.length !== inputs) throw new RangeError(`x: got ${x.length} values, expected ${inputs}`);
  if (!(Number.isInteger(k) && k >= 0 && k < classes)) {
    throw new RangeError(`k: got ${k}, expected a class below ${classes}`);
  }
  const activation = ACTIVATIONS[architecture.activation];
  const outputs = [x];
  // The last layer's values are not needed: z_k is linear in what comes before.
  layers.slice(0, -1).forEach(({ weights, bias }, index) => {
    const a = new Float32Array(bias.length);
    denseForward(outputs[index]!, 1, weights, bias, a, skipsZeros(architecture, index));
    activation.forward(a, a.length);
    outputs.push(a);
  });
  let delta = new Float32Array(classes);
  delta[k] = 1;
  for (let index = layers.length - 1; index >= 0; index--) {
    const previous = new Float32Array(outputs[index]!.length);
    denseBackward(delta, 1, layers[index]!.weights, previous);
    if (index > 0) activation.backward(previous, outputs[index]!, previous.length);
    delta = previous;
  }
  return delta.map((gradient, i) => gradient * x[i]!);
}

/**
 * The same of a picture, whose pixels the network takes divided by 255.
 *
 * @param pixels 0–255, [layers[0]]
 * @throws RangeError as `explainClass`
 */
export function explainPixels(
  architecture: Architecture,
  layers: readonly DenseLayer[],
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
