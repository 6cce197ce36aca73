/**
 * Writes a network as an ONNX model (onnx/onnx.proto, opset 13): x [N, inputs] → Gemm and activation per layer →
 * Softmax → y [N, classes], all float32. Without scales, inputs are what the network was trained on: for images the
 * pixels / 255.
 */
import { ConfigError } from '../errors.ts';
import type { ColumnScale } from '../ingest/table/encoding.ts';
import type { Architecture, LayerParameters } from '../network/architecture.ts';
import { isDense } from '../network/plan.ts';
import { ProtobufWriter } from './protobuf.ts';

/** Of the file format, the version that belongs to the opset. */
const IR_VERSION = 7;
const OPSET = 13;

/** Field numbers of onnx.proto. */
const MODEL = { irVersion: 1, producerName: 2, graph: 7, opsetImport: 8 };
const OPSET_ID = { version: 2 };
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5 };
const ATTRIBUTE = { name: 1, int: 3, type: 20 };
const ATTRIBUTE_INT = 2;
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 };
const FLOAT = 1;
const VALUE_INFO = { name: 1, type: 2 };
const TYPE = { tensorType: 1 };
const TENSOR_TYPE = { elemType: 1, shape: 2 };
const SHAPE = { dim: 1 };
const DIMENSION = { value: 1, parameter: 2 };

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
  if (!isDense(architecture.layers)) {
    throw new ConfigError('architecture.layers: got layers of pictures, expected dense ones');
  }
  const graph = new GraphBuilder();
  const last = layers.length - 1;
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
  layers.forEach(({ weights, bias }, index) => {
    const number = index + 1;
    const outputs = bias.length;
    graph.initializer(`W${number}`, weights, [weights.length / outputs, outputs]);
    graph.initializer(`b${number}`, bias, [outputs]);
    value = graph.node('Gemm', [value, `W${number}`, `b${number}`], `a${number}`);
    if (index < last) value = activation(graph, architecture.activation, value, `z${number}`);
  });
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

  const sizes = architecture.layers;
  const message = graph
    .begin(name)
    .message(GRAPH.input, matrix(ONNX_NAMES.input, sizes[0]!))
    .message(GRAPH.output, matrix(ONNX_NAMES.output, sizes.at(-1)!));
  return new ProtobufWriter()
    .integer(MODEL.irVersion, IR_VERSION)
    .string(MODEL.producerName, 'stepnet')
    .message(MODEL.graph, message)
    .message(MODEL.opsetImport, new ProtobufWriter().integer(OPSET_ID.version, OPSET))
    .finish();
}

const isScaled = (scales: readonly ColumnScale[]): boolean =>
  scales.some(({ offset, divisor }) => offset !== 0 || divisor !== 1);

const offsetsOf = (scales: readonly ColumnScale[]): Float32Array =>
  Float32Array.from(scales, ({ offset }) => offset);

/** Adds the nodes of an activation. @returns the name of its result */
function activation(
  graph: GraphBuilder,
  kind: Architecture['activation'],
  value: string,
  result: string,
): string {
  switch (kind) {
    case 'sigmoid':
      return graph.node('Sigmoid', [value], result);
    case 'relu':
      return graph.node('Relu', [value], result);
    case 'step': {
      // 1 where a > 0, else 0: ONNX has no such operator, but a comparison and a conversion.
      const zero = `${result}_zero`;
      graph.initializer(zero, Float32Array.of(0), []);
      const isPositive = graph.node('Greater', [value, zero], `${result}_positive`);
      return graph.node('Cast', [isPositive], result, { to: FLOAT });
    }
    case 'identity':
      return value;
  }
}

/** Collects nodes and initializers; messages hold their fields in the order of their numbers. */
class GraphBuilder {
  readonly #nodes: ProtobufWriter[] = [];
  readonly #initializers: ProtobufWriter[] = [];

  /** @returns the output's name, which names the node as well */
  node(
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: Record<string, number> = {},
  ): string {
    const node = new ProtobufWriter();
    for (const input of inputs) node.string(NODE.input, input);
    node.string(NODE.output, output).string(NODE.name, output).string(NODE.opType, opType);
    for (const [name, value] of Object.entries(attributes)) {
      const attribute = new ProtobufWriter()
        .string(ATTRIBUTE.name, name)
        .integer(ATTRIBUTE.int, value)
        .integer(ATTRIBUTE.type, ATTRIBUTE_INT);
      node.message(NODE.attribute, attribute);
    }
    this.#nodes.push(node);
    return output;
  }

  /** Little-endian, as every platform that runs JavaScript here is. */
  initializer(name: string, values: Float32Array, shape: readonly number[]): void {
    const tensor = new ProtobufWriter();
    for (const size of shape) tensor.integer(TENSOR.dims, size);
    tensor
      .integer(TENSOR.dataType, FLOAT)
      .string(TENSOR.name, name)
      .bytes(TENSOR.rawData, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    this.#initializers.push(tensor);
  }

  /** The graph's message up to its initializers. */
  begin(name: string): ProtobufWriter {
    const message = new ProtobufWriter();
    for (const node of this.#nodes) message.message(GRAPH.node, node);
    message.string(GRAPH.name, name);
    for (const tensor of this.#initializers) message.message(GRAPH.initializer, tensor);
    return message;
  }
}

/** float32 [N, columns]. */
function matrix(name: string, columns: number): ProtobufWriter {
  const shape = new ProtobufWriter()
    .message(SHAPE.dim, new ProtobufWriter().string(DIMENSION.parameter, ONNX_NAMES.rows))
    .message(SHAPE.dim, new ProtobufWriter().integer(DIMENSION.value, columns));
  const tensorType = new ProtobufWriter()
    .integer(TENSOR_TYPE.elemType, FLOAT)
    .message(TENSOR_TYPE.shape, shape);
  return new ProtobufWriter()
    .string(VALUE_INFO.name, name)
    .message(VALUE_INFO.type, new ProtobufWriter().message(TYPE.tensorType, tensorType));
}
