/** What the layers of a network give for one row, in the reference's arithmetic and so with the bits of every engine. */
import { denseForward } from '../kernels/reference.ts';
import { convolutionForward, placesOf, poolForward } from '../kernels/reference-pictures.ts';
import { ACTIVATIONS } from '../network/activations.ts';
import type { LayerParameters } from '../network/architecture.ts';
import { type LayerPlan, skipsZeros } from '../network/plan.ts';

/**
 * The row and what each of the first `count` layers gives, activations applied. Dropout is for training: here it changes
 * nothing. The last layer's is its sum, before the output function.
 *
 * @param plan of the whole network
 * @param x as the network takes it, [inputs]
 * @returns `count` + 1 arrays
 */
export function layerValues(
  plan: readonly LayerPlan[],
  layers: readonly LayerParameters[],
  x: Float32Array,
  count: number,
): Float32Array[] {
  const values = [x];
  let parameters = 0;
  plan.slice(0, count).forEach((layer, index) => {
    const a = values[index]!;
    const z = layer.kind === 'dropout' ? a : new Float32Array(layer.outputs);
    values.push(z);
    if (layer.kind === 'dropout') return;
    if (layer.kind === 'maxPool' || layer.kind === 'averagePool') {
      poolForward(a, 1, layer, z);
      return;
    }
    const { weights, bias } = layers[parameters++]!;
    if (layer.kind === 'dense') denseForward(a, 1, weights, bias, z, skipsZeros(plan, index));
    else convolutionForward(placesOf(a, 1, layer), 1, layer, weights, bias, z);
    if (layer.activation !== undefined) ACTIVATIONS[layer.activation].forward(z, z.length);
  });
  return values;
}
