/** An engine in plain TypeScript: slow, readable, and what the kernels must equal bit for bit. */

import { ACTIVATIONS } from '../network/activations.ts';
import { type Architecture, type DenseLayer, skipsZeros } from '../network/architecture.ts';
import { batchLoss, expectedOf, outputDelta } from '../network/losses.ts';
import { OUTPUTS } from '../network/outputs.ts';
import { type InputRows, toSparse } from '../rows/input-rows.ts';
import type { SparseRows } from '../rows/sparse-rows.ts';
import type { TrainingRows } from '../rows/training-rows.ts';
import { checkBatch, checkRows } from './check-batch.ts';
import {
  type Backend,
  type Engine,
  filledLike,
  type OptimizerName,
  STATE_COUNT,
  type UpdateRule,
} from './engine.ts';
import {
  biasGradient,
  denseBackward,
  denseForward,
  denseGradient,
  sparseForward,
  sparseGradient,
} from './reference.ts';
import { applyRule } from './update-rule.ts';

export const referenceBackend: Backend = {
  name: 'reference',
  createEngine: (architecture, layers) => new ReferenceEngine(architecture, layers),
  place: () => {},
};

class ReferenceEngine implements Engine {
  readonly #architecture: Architecture;
  readonly #layers: DenseLayer[];
  #state: DenseLayer[][] = [];

  constructor(architecture: Architecture, layers: readonly DenseLayer[]) {
    this.#architecture = architecture;
    this.#layers = copyOf(layers);
  }

  forward(x: InputRows, batch: Uint32Array): Float32Array {
    checkRows(this.#architecture.layers[0]!, x, batch);
    return this.#activations(toSparse(x), batch).at(-1)!;
  }

  step(data: TrainingRows, batch: Uint32Array, rule: UpdateRule, wantLoss: boolean): number {
    const { loss, outputs, gradients } = this.#backpropagate(data, batch);
    if (!outputs.every(Number.isFinite)) return Number.NaN;
    this.#reserveState(rule.kind);
    const [s, t] = this.#state;
    this.#layers.forEach(({ weights, bias }, index) => {
      const g = gradients[index]!;
      applyRule(rule, rule.weightDecay, weights, g.weights, s?.[index]?.weights, t?.[index]?.weights);
      applyRule(rule, 0, bias, g.bias, s?.[index]?.bias, t?.[index]?.bias);
    });
    return wantLoss ? loss : 0;
  }

  gradients(data: TrainingRows, batch: Uint32Array): { loss: number; gradients: DenseLayer[] } {
    const { loss, outputs, gradients } = this.#backpropagate(data, batch);
    if (outputs.every(Number.isFinite)) return { loss, gradients };
    return { loss: Number.NaN, gradients: filledLike(this.#layers, Number.NaN) };
  }

  layers(): DenseLayer[] {
    return copyOf(this.#layers);
  }

  state(kind: OptimizerName): DenseLayer[][] {
    this.#reserveState(kind);
    return this.#state.slice(0, STATE_COUNT[kind]).map(copyOf);
  }

  restoreState(state: readonly (readonly DenseLayer[])[]): void {
    this.#state = state.map(copyOf);
  }

  #reserveState(kind: OptimizerName): void {
    while (this.#state.length < STATE_COUNT[kind]) this.#state.push(filledLike(this.#layers, 0));
  }

  /** Activations of every layer, [rows, outputs] each; the last is the network's output. */
  #activations(x: SparseRows, batch: Uint32Array): Float32Array[] {
    const { activation, output } = this.#architecture;
    const rows = batch.length;
    const activations: Float32Array[] = [];
    this.#layers.forEach(({ weights, bias }, index) => {
      const z = new Float32Array(rows * bias.length);
      if (index === 0) sparseForward(x, batch, weights, bias, z);
      else
        denseForward(activations[index - 1]!, rows, weights, bias, z, skipsZeros(this.#architecture, index));
      if (index < this.#layers.length - 1) ACTIVATIONS[activation].forward(z, z.length);
      else OUTPUTS[output](z, rows, bias.length);
      activations.push(z);
    });
    return activations;
  }

  #backpropagate(data: TrainingRows, batch: Uint32Array) {
    const { activation, loss: lossName } = this.#architecture;
    checkBatch(this.#architecture, data, batch);
    const rows = batch.length;
    const x = toSparse(data.x);
    const activations = this.#activations(x, batch);
    const outputs = activations.at(-1)!;
    const width = this.#layers.at(-1)!.bias.length;
    const expected = expectedOf(data, batch, width);
    const loss = batchLoss(lossName, outputs, expected, width);
    const gradients = filledLike(this.#layers, 0);
    let delta = outputs.slice();
    outputDelta(delta, expected, width);
    for (let index = this.#layers.length - 1; index >= 0; index--) {
      const target = gradients[index]!;
      biasGradient(delta, rows, target.bias);
      if (index === 0) {
        sparseGradient(x, batch, delta, target.weights);
        break;
      }
      const input = activations[index - 1]!;
      denseGradient(input, rows, delta, target.weights, skipsZeros(this.#architecture, index));
      const previous = new Float32Array(input.length);
      denseBackward(delta, rows, this.#layers[index]!.weights, previous);
      ACTIVATIONS[activation].backward(previous, input, previous.length);
      delta = previous;
    }
    return { loss, outputs, gradients };
  }
}

const copyOf = (layers: readonly DenseLayer[]): DenseLayer[] =>
  layers.map(({ weights, bias }) => ({ weights: weights.slice(), bias: bias.slice() }));
