/** A feed-forward network: forward pass, gradients, loss and accuracy over sparse samples. */

import { ConfigError } from '../errors.ts';
import { checkTargetShape } from '../kernels/check-batch.ts';
import { defaultBackend } from '../kernels/default-backend.ts';
import { type Backend, BLOCK_ROWS, type Engine } from '../kernels/engine.ts';
import {
  ACTIVATIONS,
  type Architecture,
  checkWord,
  type LayerParameters,
  LOSSES,
  OUTPUTS,
} from '../network/architecture.ts';
import { summaryOf } from '../network/describe-layers.ts';
import { batchLoss, expectedOf } from '../network/losses.ts';
import { fanIn, fanOut, outputsOf, parametric, planLayers } from '../network/plan.ts';
import type { InputRows } from '../rows/input-rows.ts';
import { hasTargets, type LabelledRows, type TrainingRows } from '../rows/training-rows.ts';

export type { LabelledRows } from '../rows/training-rows.ts';

export class Network {
  readonly architecture: Architecture;
  /** Where the arithmetic runs; for who trains the network. */
  readonly engine: Engine;

  /**
   * @throws ConfigError when a layer has no units, the layers' shapes aren't those of the architecture, or it has a word
   *   that nobody knows
   */
  constructor(
    architecture: Architecture,
    layers: readonly LayerParameters[],
    backend: Backend = defaultBackend(),
  ) {
    checkWord('activation', architecture.activation, ACTIVATIONS);
    checkShapes(architecture, layers);
    checkWord('output', architecture.output, OUTPUTS);
    checkWord('loss', architecture.loss, LOSSES);
    this.architecture = architecture;
    this.engine = backend.createEngine(architecture, layers);
  }

  /** Units of the last layer: classes, or the numbers that a regression predicts. */
  get classes(): number {
    return outputsOf(this.architecture.layers);
  }

  /** A copy of the weights and biases, [in, out] and [out] as in the textbook. */
  get layers(): LayerParameters[] {
    return this.engine.layers();
  }

  /**
   * Outputs of the last layer (probabilities for softmax) for the rows of `x` listed in `batch`.
   *
   * @returns [batch.length, classes]; valid until the network's next call
   */
  forward(x: InputRows, batch: Uint32Array): Float32Array {
    return this.engine.forward(x, batch);
  }

  /**
   * Outputs of the last layer for all rows of `x`: what a regression predicts, or probabilities.
   *
   * @returns [x.rows, classes]
   */
  outputs(x: InputRows): Float32Array {
    const all = new Float32Array(x.rows * this.classes);
    this.#inBlocks(x.rows, (batch) => all.set(this.forward(x, batch), batch[0]! * this.classes));
    return all;
  }

  /** Class of each row of `x`: where the largest output is, the first of equals. */
  predict(x: InputRows): Uint32Array {
    const classes = new Uint32Array(x.rows);
    this.#inBlocks(x.rows, (batch) => {
      const y = this.forward(x, batch);
      batch.forEach((row, n) => {
        classes[row] = argmax(y, n * this.classes, this.classes);
      });
    });
    return classes;
  }

  /** Gradients of the batch's mean loss by backpropagation, in the layers' shapes, and that loss. */
  gradient(data: TrainingRows, batch: Uint32Array): { loss: number; gradients: LayerParameters[] } {
    return this.engine.gradients(data, batch);
  }

  /** Share of samples that are predicted as labelled; 0 for no samples. */
  accuracy(data: LabelledRows): number {
    if (data.x.rows === 0) return 0;
    const right = this.predict(data.x).reduce((sum, k, row) => sum + (k === data.labels[row] ? 1 : 0), 0);
    return right / data.x.rows;
  }

  /**
   * Mean loss over all samples, weight decay not included.
   *
   * @throws RangeError where targets don't fit the loss or the outputs
   */
  loss(data: TrainingRows): number {
    if (hasTargets(data)) checkTargetShape(this.architecture, data);
    let sum = 0;
    this.#inBlocks(data.x.rows, (batch) => {
      const y = this.forward(data.x, batch);
      const expected = expectedOf(data, batch, this.classes);
      sum += batchLoss(this.architecture.loss, y, expected, this.classes) * batch.length;
    });
    return sum / data.x.rows;
  }

  /** A table for people: a line for each layer with its shapes, activation and parameters. */
  summary(): string {
    return summaryOf(this.architecture);
  }

  /** Visits consecutive rows, a block at a time. */
  #inBlocks(rows: number, visit: (batch: Uint32Array) => void): void {
    for (let start = 0; start < rows; start += BLOCK_ROWS) {
      visit(Uint32Array.from({ length: Math.min(BLOCK_ROWS, rows - start) }, (_, n) => start + n));
    }
  }
}

/** @throws ConfigError naming the layer, also for sizes that are none */
function checkShapes({ layers: specs, activation }: Architecture, layers: readonly LayerParameters[]): void {
  const plan = parametric(planLayers(specs, activation));
  if (layers.length !== plan.length) {
    throw new ConfigError(`layers: got ${layers.length} of weights, expected ${plan.length}`);
  }
  layers.forEach((layer, index) => {
    const [inputs, outputs] = [fanIn(plan[index]!), fanOut(plan[index]!)];
    if (layer.weights.length !== inputs * outputs || layer.bias.length !== outputs) {
      throw new ConfigError(
        `layers[${index}]: got ${layer.weights.length} weights and ${layer.bias.length} biases, ` +
          `expected ${inputs * outputs} and ${outputs}`,
      );
    }
  });
}

/** Index within the `count` values from `start` of the largest, the first of equals. */
export function argmax(values: ArrayLike<number>, start = 0, count = values.length): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[start + k]! > values[start + best]!) best = k;
  return best;
}
