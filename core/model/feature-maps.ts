/** What a network's first convolution has learned, and what it sees of a picture. */
import type { Architecture, LayerParameters } from '../network/architecture.ts';
import type { PictureShape } from '../network/layers.ts';
import { inputsOf, planLayers } from '../network/plan.ts';
import { layerValues } from './layer-values.ts';

/** A `Network` or a checkpoint. */
export interface TrainedNetwork {
  readonly architecture: Architecture;
  readonly layers: readonly LayerParameters[];
}

/**
 * The feature maps of the first convolution: what each of its filters gives at each place of a picture, the activation
 * applied.
 *
 * @param x inputs as the network takes them, pixels divided by 255; [inputs]
 * @returns undefined for a network without convolutions; values are [rows, columns, filters] row-major, filters together
 * @throws RangeError when x doesn't fit the network
 */
export function featureMaps(
  { architecture, layers }: TrainedNetwork,
  x: Float32Array,
): { shape: PictureShape; values: Float32Array } | undefined {
  const inputs = inputsOf(architecture.layers);
  if (x.length !== inputs) throw new RangeError(`x: got ${x.length} values, expected ${inputs}`);
  const plan = planLayers(architecture.layers, architecture.activation);
  const index = plan.findIndex(({ kind }) => kind === 'convolution');
  if (index < 0) return undefined;
  const values = layerValues(plan, layers, x, index + 1).at(-1)!;
  return { shape: plan[index]!.output as PictureShape, values };
}

/**
 * The filters of the first convolution.
 *
 * @returns undefined for a network without convolutions; values are [height, width, channels, filters] row-major
 */
export function firstFilters({ architecture, layers }: TrainedNetwork):
  | {
      shape: readonly [height: number, width: number, channels: number, filters: number];
      values: Float32Array;
    }
  | undefined {
  const plan = planLayers(architecture.layers, architecture.activation);
  const first = plan.find(({ kind }) => kind === 'convolution');
  if (first?.kind !== 'convolution') return undefined;
  const [height, width, channels, filters] = first.tensor as readonly [number, number, number, number];
  // Only pictures arrive at a convolution, and dense layers make none: it is the first with weights.
  return { shape: [height, width, channels, filters], values: layers[0]!.weights };
}
