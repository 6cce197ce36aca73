/** How programs lay out what layers have learned, and the way from there to ours. */
import type { ParametricPlan } from '../network/plan.ts';
import { permuteAxes } from './axes.ts';
import type { NumpyArray } from './numpy-array.ts';

export const LAYOUTS = ['stepnet', 'textbook', 'pytorch'] as const;
/**
 * | | convolution | dense layer | its rows where a picture arrives |
 * | --- | --- | --- | --- |
 * | stepnet; Keras, TensorFlow and Flax, too | [height, width, channels, filters] | [inputs, outputs] | channels of each pixel together |
 * | textbook | [filters, channels, height, width] | [inputs, outputs] | one channel after the other |
 * | pytorch | [filters, channels, height, width] | [outputs, inputs] | one channel after the other |
 */
export type LayoutName = (typeof LAYOUTS)[number];

/** A tensor and what its file calls it. */
export interface NamedTensor {
  name: string;
  array: NumpyArray;
}

/** Of a layer's weights, in a layout. */
export function shapeIn(layout: LayoutName, { kind, tensor }: ParametricPlan): readonly number[] {
  const isTurned = layout === 'pytorch' || (layout === 'textbook' && kind === 'convolution');
  return isTurned ? ORDER_OF[kind].map((axis) => tensor[axis]!) : tensor;
}

/** Of ours, what other layouts have at each place. */
const ORDER_OF = { convolution: [3, 2, 0, 1], dense: [1, 0] } as const;

const MEANINGS = {
  convolution: {
    stepnet: 'height, width, channels, filters',
    textbook: 'filters, channels, height, width',
    pytorch: 'filters, channels, height, width',
  },
  dense: { stepnet: 'inputs, outputs', textbook: 'inputs, outputs', pytorch: 'outputs, inputs' },
} as const;

/** What the sides of a layer's weights are, in a layout. */
export const meaningIn = (layout: LayoutName, { kind }: ParametricPlan): string => MEANINGS[kind][layout];

/**
 * A layer's weights as ours.
 *
 * @param values in the layout's shape for the layer
 */
export function fromLayout(layout: LayoutName, layer: ParametricPlan, values: Float32Array): Float32Array {
  if (layout === 'stepnet') return values;
  if (layer.kind === 'convolution') return permuteAxes(values, shapeIn(layout, layer), [2, 3, 1, 0]);
  const { input, outputs } = layer;
  if (input.length === 1) {
    return layout === 'textbook' ? values : permuteAxes(values, [outputs, input[0]], [1, 0]);
  }
  const [height, width, channels] = input;
  return layout === 'textbook'
    ? permuteAxes(values, [channels, height, width, outputs], [1, 2, 0, 3])
    : permuteAxes(values, [outputs, channels, height, width], [2, 3, 1, 0]);
}
