/** A feed-forward network of dense layers: forward pass, gradients, loss and accuracy over sparse samples. */
import type { SparseRows } from '../data/sparse-rows.ts';
import { ConfigError } from '../errors.ts';
import type { Backend } from '../kernels/backend.ts';
import { referenceBackend } from '../kernels/reference.ts';
import type { ActivationName, LossName, OutputName } from '../training/config.ts';
import { ACTIVATIONS } from './activations.ts';
import { BATCH_LOSSES, outputDelta } from './losses.ts';
import { OUTPUTS } from './outputs.ts';
import type { DenseLayer } from './weights.ts';

/** What a network computes, apart from its weights. */
export interface Architecture {
  /** Units per layer, input first. */
  layers: readonly number[];
  activation: ActivationName;
  output: OutputName;
  loss: LossName;
}

/** Samples with their classes; labels has shape [x.rows]. */
export interface LabelledRows {
  x: SparseRows;
  labels: Uint8Array;
}

/** Rows per block when many samples are evaluated; bounds the memory of the activations. */
const BLOCK_ROWS = 256;

export class Network {
  readonly architecture: Architecture;
  readonly layers: readonly DenseLayer[];
  readonly #backend: Backend;
  /** Activations of each layer for the present block, [rows, outputs]; grown to the largest block seen. */
  #outputs: Float32Array[] = [];
  #deltas: Float32Array[] = [];
  #labels = new Uint8Array(0);

  /** @throws ConfigError when the layers' shapes aren't those of the architecture */
  constructor(architecture: Architecture, layers: readonly DenseLayer[], backend = referenceBackend) {
    const sizes = architecture.layers;
    if (layers.length !== sizes.length - 1) {
      throw new ConfigError(`layers: got ${layers.length} of weights, expected ${sizes.length - 1}`);
    }
    layers.forEach((layer, index) => {
      const expected = sizes[index]! * sizes[index + 1]!;
      if (layer.weights.length !== expected || layer.bias.length !== sizes[index + 1]) {
        throw new ConfigError(
          `layers[${index}]: got ${layer.weights.length} weights and ${layer.bias.length} biases, ` +
            `expected ${expected} and ${sizes[index + 1]}`,
        );
      }
    });
    this.architecture = architecture;
    this.layers = layers;
    this.#backend = backend;
  }

  get classes(): number {
    return this.architecture.layers.at(-1)!;
  }

  /**
   * Outputs of the last layer (probabilities for softmax) for the rows of `x` listed in `batch`.
   *
   * @returns [batch.length, classes]; valid until the network's next call
   */
  forward(x: SparseRows, batch: Uint32Array): Float32Array {
    const rows = batch.length;
    this.#reserve(rows);
    this.layers.forEach((layer, index) => {
      const z = this.#outputs[index]!;
      if (index === 0) this.#backend.sparseForward(x, batch, layer.weights, layer.bias, z);
      else this.#backend.denseForward(this.#outputs[index - 1]!, rows, layer.weights, layer.bias, z);
      const width = layer.bias.length;
      if (index < this.layers.length - 1) ACTIVATIONS[this.architecture.activation].forward(z, rows * width);
      else OUTPUTS[this.architecture.output](z, rows, width);
    });
    return this.#outputs.at(-1)!.subarray(0, rows * this.classes);
  }

  /**
   * Gradients of the batch's mean loss by backpropagation.
   *
   * @param gradients one per layer, of the layers' shapes; overwritten
   * @returns the batch's mean loss, before any update
   */
  gradient(data: LabelledRows, batch: Uint32Array, gradients: readonly DenseLayer[]): number {
    const rows = batch.length;
    const y = this.forward(data.x, batch);
    const labels = this.#gatherLabels(data.labels, batch);
    const loss = BATCH_LOSSES[this.architecture.loss](y, labels, this.classes);
    let delta = this.#deltas.at(-1)!.subarray(0, y.length);
    delta.set(y);
    outputDelta(delta, labels, this.classes);
    for (let index = this.layers.length - 1; index >= 0; index--) {
      const target = gradients[index]!;
      this.#backend.biasGradient(delta, rows, target.bias);
      if (index === 0) {
        this.#backend.sparseGradient(data.x, batch, delta, target.weights);
        break;
      }
      const input = this.#outputs[index - 1]!;
      this.#backend.denseGradient(input, rows, delta, target.weights);
      const width = this.architecture.layers[index]!;
      const previous = this.#deltas[index - 1]!.subarray(0, rows * width);
      this.#backend.denseBackward(delta, rows, this.layers[index]!.weights, previous);
      ACTIVATIONS[this.architecture.activation].backward(previous, input, rows * width);
      delta = previous;
    }
    return loss;
  }

  /** Share of samples whose largest output (the first of equals) is at their label; 0 for no samples. */
  accuracy(data: LabelledRows): number {
    let right = 0;
    this.#inBlocks(data.x.rows, (batch) => {
      const y = this.forward(data.x, batch);
      for (let n = 0; n < batch.length; n++) {
        if (argmax(y, n * this.classes, this.classes) === data.labels[batch[n]!]) right++;
      }
    });
    return data.x.rows === 0 ? 0 : right / data.x.rows;
  }

  /** Mean loss over all samples. */
  loss(data: LabelledRows): number {
    let sum = 0;
    this.#inBlocks(data.x.rows, (batch) => {
      const y = this.forward(data.x, batch);
      const labels = this.#gatherLabels(data.labels, batch);
      sum += BATCH_LOSSES[this.architecture.loss](y, labels, this.classes) * batch.length;
    });
    return sum / data.x.rows;
  }

  /** One line per layer: shape, activation, parameters. */
  summary(): string {
    const { layers: sizes, activation, output } = this.architecture;
    const lines = this.layers.map((layer, index) => {
      const kind = index < this.layers.length - 1 ? activation : output;
      const count = layer.weights.length + layer.bias.length;
      return `${index + 1}  ${sizes[index]} → ${sizes[index + 1]}  ${kind}  ${count} parameters`;
    });
    const total = this.layers.reduce((sum, layer) => sum + layer.weights.length + layer.bias.length, 0);
    return [...lines, `${total} parameters`].join('\n');
  }

  #inBlocks(rows: number, visit: (batch: Uint32Array) => void): void {
    const block = new Uint32Array(Math.min(BLOCK_ROWS, rows));
    for (let start = 0; start < rows; start += BLOCK_ROWS) {
      const batch = block.subarray(0, Math.min(BLOCK_ROWS, rows - start));
      for (let n = 0; n < batch.length; n++) batch[n] = start + n;
      visit(batch);
    }
  }

  #gatherLabels(labels: Uint8Array, batch: Uint32Array): Uint8Array {
    if (this.#labels.length < batch.length) this.#labels = new Uint8Array(batch.length);
    for (let n = 0; n < batch.length; n++) this.#labels[n] = labels[batch[n]!]!;
    return this.#labels.subarray(0, batch.length);
  }

  #reserve(rows: number): void {
    if ((this.#outputs[0]?.length ?? -1) >= rows * this.architecture.layers[1]!) return;
    const buffers = () => this.layers.map((layer) => new Float32Array(rows * layer.bias.length));
    this.#outputs = buffers();
    this.#deltas = buffers();
  }
}

/** Index within the `count` values from `start` of the largest, the first of equals. */
export function argmax(values: ArrayLike<number>, start = 0, count = values.length): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[start + k]! > values[start + best]!) best = k;
  return best;
}
