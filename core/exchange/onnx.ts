/**
 * Writes a network as an ONNX model (opset 13): x [N, inputs] → its layers → Softmax → y [N, classes], all float32. Rows are
 * the network's own, also of pictures: the channels of each pixel together. Without scales, inputs are what the network was
 * trained on: for images the pixels / 255.
 */
import type { ColumnScale } from '../ingest/table/encoding.ts';
import type { Architecture, LayerParameters } from '../network/architecture.ts';
import { inputsOf, outputsOf, planLayers } from '../network/plan.ts';
import { GraphBuilder } from './onnx-graph.ts';
import { addLayers } from './onnx-layers.ts';

/** Names of the model's input and output, and of the dimension that is the number of samples. */
export const ONNX_NAMES = { input: 'x', output: 'y', rows: 'N' } as const;

/**
 * @param layers of the architecture's shapes
 * @param name of the graph, for people who look at it
 * @param scales of inputs by column, which the model does, and of outputs, which it undoes; none where there are none
 */
export function encodeOnnx(
  architecture: Architecture,
  layers: readonly LayerParameters[],
  name: string,
  scales: { inputs?: readonly ColumnScale[]; outputs?: readonly ColumnScale[] } = {},
): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder();
  const { inputs = [], outputs = [] } = scales;
  let value: string = ONNX_NAMES.input;
  if (isScaled(inputs)) {
    graph.initializer('x_offset', offsetsOf(inputs), [inputs.length]);
    // Whatever is finite gives 0 when it is divided by Infinity.
    const divisors = Float32Array.from(inputs, ({ divisor }) => divisor || Number.POSITIVE_INFINITY);
    graph.initializer('x_divisor', divisors, [inputs.length]);
    value = graph.node('Sub', [value, 'x_offset'], 'x_centred');
    value = graph.node('Div', [value, 'x_divisor'], 'x_scaled');
  }
  value = addLayers(graph, planLayers(architecture.layers, architecture.activation), layers, value);
  if (architecture.output === 'softmax') graph.node('Softmax', [value], ONNX_NAMES.output, { axis: 1 });
  else if (!isScaled(outputs)) graph.node('Identity', [value], ONNX_NAMES.output);
  else {
    graph.initializer('y_offset', offsetsOf(outputs), [outputs.length]);
    graph.initializer(
      'y_divisor',
      Float32Array.from(outputs, ({ divisor }) => divisor),
      [outputs.length],
    );
    value = graph.node('Mul', [value, 'y_divisor'], 'y_scaled');
    graph.node('Add', [value, 'y_offset'], ONNX_NAMES.output);
  }
  return graph.model(
    name,
    ONNX_NAMES.rows,
    { name: ONNX_NAMES.input, columns: inputsOf(architecture.layers) },
    { name: ONNX_NAMES.output, columns: outputsOf(architecture.layers) },
  );
}

const isScaled = (scales: readonly ColumnScale[]): boolean =>
  scales.some(({ offset, divisor }) => offset !== 0 || divisor !== 1);

const offsetsOf = (scales: readonly ColumnScale[]): Float32Array =>
  Float32Array.from(scales, ({ offset }) => offset);
