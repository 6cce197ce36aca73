/** Puts an ONNX graph together (onnx/onnx.proto): nodes, initializers, and the model around them. */
import { ProtobufWriter } from './protobuf.ts';

/** Of the file format, the version that belongs to the opset. */
const IR_VERSION = 7;
const OPSET = 13;

/** Field numbers of onnx.proto. */
const MODEL = { irVersion: 1, producerName: 2, graph: 7, opsetImport: 8 };
const OPSET_ID = { version: 2 };
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5 };
const ATTRIBUTE = { name: 1, int: 3, ints: 8, type: 20 };
const ATTRIBUTE_TYPE = { int: 2, ints: 7 };
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 };
const VALUE_INFO = { name: 1, type: 2 };
const TYPE = { tensorType: 1 };
const TENSOR_TYPE = { elemType: 1, shape: 2 };
const SHAPE = { dim: 1 };
const DIMENSION = { value: 1, parameter: 2 };

/** Of tensors' elements. */
export const ELEMENT_TYPE = { float: 1, int64: 7 };

/** A matrix that goes in or comes out: float32, [rows, columns] with any number of rows. */
export interface Matrix {
  name: string;
  columns: number;
}

/** Collects nodes and initializers; messages hold their fields in the order of their numbers. */
export class GraphBuilder {
  readonly #nodes: ProtobufWriter[] = [];
  readonly #initializers: ProtobufWriter[] = [];

  /** @returns the output's name, which names the node as well */
  node(
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, number | readonly number[]>> = {},
  ): string {
    const node = new ProtobufWriter();
    for (const input of inputs) node.string(NODE.input, input);
    node.string(NODE.output, output).string(NODE.name, output).string(NODE.opType, opType);
    for (const [name, value] of Object.entries(attributes)) {
      const attribute = new ProtobufWriter().string(ATTRIBUTE.name, name);
      if (typeof value === 'number') attribute.integer(ATTRIBUTE.int, value);
      else for (const each of value) attribute.integer(ATTRIBUTE.ints, each);
      attribute.integer(ATTRIBUTE.type, typeof value === 'number' ? ATTRIBUTE_TYPE.int : ATTRIBUTE_TYPE.ints);
      node.message(NODE.attribute, attribute);
    }
    this.#nodes.push(node);
    return output;
  }

  /** Float32, little-endian, as every platform that runs JavaScript here is. @returns its name */
  initializer(name: string, values: Float32Array, shape: readonly number[]): string {
    return this.#tensor(name, ELEMENT_TYPE.float, values, shape);
  }

  /** One dimension of int64. @returns its name */
  integers(name: string, values: readonly number[]): string {
    return this.#tensor(name, ELEMENT_TYPE.int64, BigInt64Array.from(values, BigInt), [values.length]);
  }

  #tensor(name: string, type: number, values: ArrayBufferView, shape: readonly number[]): string {
    const tensor = new ProtobufWriter();
    for (const size of shape) tensor.integer(TENSOR.dims, size);
    tensor
      .integer(TENSOR.dataType, type)
      .string(TENSOR.name, name)
      .bytes(TENSOR.rawData, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    this.#initializers.push(tensor);
    return name;
  }

  /**
   * The file.
   *
   * @param name of the graph
   * @param rows name of the dimension that is the number of rows
   */
  model(name: string, rows: string, input: Matrix, output: Matrix): Uint8Array<ArrayBuffer> {
    const graph = new ProtobufWriter();
    for (const node of this.#nodes) graph.message(GRAPH.node, node);
    graph.string(GRAPH.name, name);
    for (const tensor of this.#initializers) graph.message(GRAPH.initializer, tensor);
    graph.message(GRAPH.input, valueInfo(input, rows)).message(GRAPH.output, valueInfo(output, rows));
    return new ProtobufWriter()
      .integer(MODEL.irVersion, IR_VERSION)
      .string(MODEL.producerName, 'stepnet')
      .message(MODEL.graph, graph)
      .message(MODEL.opsetImport, new ProtobufWriter().integer(OPSET_ID.version, OPSET))
      .finish();
  }
}

function valueInfo({ name, columns }: Matrix, rows: string): ProtobufWriter {
  const shape = new ProtobufWriter()
    .message(SHAPE.dim, new ProtobufWriter().string(DIMENSION.parameter, rows))
    .message(SHAPE.dim, new ProtobufWriter().integer(DIMENSION.value, columns));
  const tensorType = new ProtobufWriter()
    .integer(TENSOR_TYPE.elemType, ELEMENT_TYPE.float)
    .message(TENSOR_TYPE.shape, shape);
  return new ProtobufWriter()
    .string(VALUE_INFO.name, name)
    .message(VALUE_INFO.type, new ProtobufWriter().message(TYPE.tensorType, tensorType));
}
