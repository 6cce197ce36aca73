/**
 * The layers of a network as nodes of an ONNX graph. ONNX has the channels of a picture one after the other, [N, channels,
 * height, width], and our rows have those of each pixel together. So the input is turned once, and the weights of
 * convolutions and of the dense layer that reads a picture are written in ONNX's order.
 */
import type { ActivationName, LayerParameters } from '../network/architecture.ts';
import type { PictureShape } from '../network/layers.ts';
import type {
  ConvolutionPlan,
  DenseLayerPlan,
  LayerPlan,
  Places,
  PoolPlan,
  ValueShape,
} from '../network/plan.ts';
import { permuteAxes } from './axes.ts';
import { ELEMENT_TYPE, type GraphBuilder } from './onnx-graph.ts';

/**
 * Dropout, which changes no prediction, leaves no node. W1, b1, W2, … are the initializers of layers with weights, a1, a2, …
 * their sums, z1, z2, … these with their activation, pool1, pool2, … what pools give.
 *
 * @param value name of the network's inputs, [N, inputs]
 * @returns name of the last layer's sums, before the output function
 */
export function addLayers(
  graph: GraphBuilder,
  plan: readonly LayerPlan[],
  layers: readonly LayerParameters[],
  value: string,
): string {
  /** What arrives as [N, channels, height, width], if it does. */
  let picture: ValueShape | undefined;
  let name = value;
  let [parameters, pools] = [0, 0];
  for (const layer of plan) {
    if (layer.kind === 'dropout') continue;
    if (layer.kind !== 'dense' && picture === undefined) name = asPicture(graph, name, layer.input);
    if (layer.kind === 'maxPool' || layer.kind === 'averagePool') {
      name = pool(graph, layer, name, `pool${++pools}`);
    } else {
      const of = layers[parameters++]!;
      if (layer.kind === 'convolution') name = convolution(graph, layer, of, name, parameters);
      else name = dense(graph, layer, of, name, parameters, picture);
      if (layer.activation !== undefined) name = activation(graph, layer.activation, name, `z${parameters}`);
    }
    picture = layer.kind === 'dense' ? undefined : layer.output;
  }
  return name;
}

/** The rows of the input as pictures. */
function asPicture(graph: GraphBuilder, value: string, [height, width, channels]: PictureShape): string {
  // 0 takes over the number of rows.
  const sizes = channels === 1 ? [0, 1, height, width] : [0, height, width, channels];
  const shape = graph.integers('picture_shape', sizes);
  if (channels === 1) return graph.node('Reshape', [value, shape], 'picture');
  const pixels = graph.node('Reshape', [value, shape], 'pixels');
  return graph.node('Transpose', [pixels], 'picture', { perm: [0, 3, 1, 2] });
}

function dense(
  graph: GraphBuilder,
  { outputs }: DenseLayerPlan,
  { weights, bias }: LayerParameters,
  value: string,
  number: number,
  picture: ValueShape | undefined,
): string {
  const inputs = weights.length / outputs;
  const isPicture = picture !== undefined;
  const row = isPicture ? graph.node('Flatten', [value], 'flat', { axis: 1 }) : value;
  const ordered = isPicture ? permuteAxes(weights, [...picture, outputs], [2, 0, 1, 3]) : weights;
  const w = graph.initializer(`W${number}`, ordered, [inputs, outputs]);
  const b = graph.initializer(`b${number}`, bias, [outputs]);
  return graph.node('Gemm', [row, w, b], `a${number}`);
}

function convolution(
  graph: GraphBuilder,
  { tensor, input, places }: ConvolutionPlan,
  { weights, bias }: LayerParameters,
  value: string,
  number: number,
): string {
  const filtersFirst = [3, 2, 0, 1];
  const shape = filtersFirst.map((axis) => tensor[axis]!);
  const w = graph.initializer(`W${number}`, permuteAxes(weights, tensor, filtersFirst), shape);
  const b = graph.initializer(`b${number}`, bias, [bias.length]);
  const pads = [places.top, places.left, below(places, input), rightOf(places, input)];
  const { kernel_shape, strides } = windowOf(places);
  return graph.node('Conv', [value, w, b], `a${number}`, { kernel_shape, pads, strides });
}

const pool = (graph: GraphBuilder, { kind, places }: PoolPlan, value: string, result: string): string =>
  graph.node(kind === 'maxPool' ? 'MaxPool' : 'AveragePool', [value], result, windowOf(places));

const windowOf = ({ height, width, strideDown, strideAcross }: Places) => ({
  kernel_shape: [height, width],
  strides: [strideDown, strideAcross],
});

/** Zeros that the last place needs, which may also leave pixels unseen. */
const below = ({ rows, strideDown, height, top }: Places, [pixels]: PictureShape): number =>
  Math.max(0, (rows - 1) * strideDown + height - top - pixels);
const rightOf = ({ columns, strideAcross, width, left }: Places, [, pixels]: PictureShape): number =>
  Math.max(0, (columns - 1) * strideAcross + width - left - pixels);

/** @returns the name of its result */
function activation(graph: GraphBuilder, kind: ActivationName, value: string, result: string): string {
  switch (kind) {
    case 'sigmoid':
      return graph.node('Sigmoid', [value], result);
    case 'relu':
      return graph.node('Relu', [value], result);
    case 'step': {
      // 1 where a > 0, else 0: ONNX has no such operator, but a comparison and a conversion.
      const zero = graph.initializer(`${result}_zero`, Float32Array.of(0), []);
      const isPositive = graph.node('Greater', [value, zero], `${result}_positive`);
      return graph.node('Cast', [isPositive], result, { to: ELEMENT_TYPE.float });
    }
    case 'identity':
      return value;
  }
}
