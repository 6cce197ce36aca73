/** An engine in plain TypeScript: slow, readable, and what the kernels must equal bit for bit. */

import { ACTIVATIONS } from '../network/activations.ts';
import type { Architecture, LayerParameters } from '../network/architecture.ts';
import { batchLoss, expectedOf, outputDelta } from '../network/losses.ts';
import { OUTPUTS } from '../network/outputs.ts';
import { inputsOf, type LayerPlan, planLayers, skipsZeros } from '../network/plan.ts';
import { type InputRows, toSparse } from '../rows/input-rows.ts';
import type { SparseRows } from '../rows/sparse-rows.ts';
import type { TrainingRows } from '../rows/training-rows.ts';
import { checkBatch, checkNoise, checkRows } from './check-batch.ts';
import {
  type Backend,
  type Engine,
  filledLike,
  type Noise,
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
import {
  applyDropout,
  convolutionBackward,
  convolutionForward,
  convolutionGradient,
  placesOf,
  poolBackward,
  poolForward,
} from './reference-pictures.ts';
import { applyRule } from './update-rule.ts';

export const referenceBackend: Backend = {
  name: 'reference',
  createEngine: (architecture, layers) => new ReferenceEngine(architecture, layers),
  place: () => {},
};

/** Of a batch: what each layer has given, the input first, and what its convolution has seen. */
interface Forward {
  /** [rows, outputs] of the layer before; the first are the inputs, where the first layer takes pictures. */
  values: Float32Array[];
  seen: Map<number, Float32Array>;
}

class ReferenceEngine implements Engine {
  readonly #architecture: Architecture;
  readonly #plan: readonly LayerPlan[];
  readonly #layers: LayerParameters[];
  #state: LayerParameters[][] = [];

  constructor(architecture: Architecture, layers: readonly LayerParameters[]) {
    this.#architecture = architecture;
    this.#plan = planLayers(architecture.layers, architecture.activation);
    this.#layers = copyOf(layers);
  }

  forward(x: InputRows, batch: Uint32Array): Float32Array {
    checkRows(inputsOf(this.#architecture.layers), x, batch);
    return this.#forward(toSparse(x), batch, undefined).values.at(-1)!;
  }

  step(data: TrainingRows, batch: Uint32Array, rule: UpdateRule, wantLoss: boolean): number {
    checkNoise(this.#plan, rule.noise);
    const { loss, outputs, gradients } = this.#backpropagate(data, batch, rule.noise);
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

  gradients(
    data: TrainingRows,
    batch: Uint32Array,
    noise?: Noise,
  ): { loss: number; gradients: LayerParameters[] } {
    const { loss, outputs, gradients } = this.#backpropagate(data, batch, noise);
    if (outputs.every(Number.isFinite)) return { loss, gradients };
    return { loss: Number.NaN, gradients: filledLike(this.#layers, Number.NaN) };
  }

  layers(): LayerParameters[] {
    return copyOf(this.#layers);
  }

  state(kind: OptimizerName): LayerParameters[][] {
    this.#reserveState(kind);
    return this.#state.slice(0, STATE_COUNT[kind]).map(copyOf);
  }

  restoreState(state: readonly (readonly LayerParameters[])[]): void {
    this.#state = state.map(copyOf);
  }

  /** There is nothing that garbage collection does not take. */
  release(): void {}

  #reserveState(kind: OptimizerName): void {
    while (this.#state.length < STATE_COUNT[kind]) this.#state.push(filledLike(this.#layers, 0));
  }

  #forward(x: SparseRows, batch: Uint32Array, noise: Noise | undefined): Forward {
    const rows = batch.length;
    const forward: Forward = { values: [], seen: new Map() };
    const { values, seen } = forward;
    // A dense first layer reads the entries themselves.
    values.push(this.#plan[0]!.kind === 'dense' ? new Float32Array(0) : denseRows(x, batch));
    let parameters = 0;
    this.#plan.forEach((layer, index) => {
      const a = values[index]!;
      const z = layer.kind === 'dropout' ? a.slice() : new Float32Array(rows * layer.outputs);
      values.push(z);
      if (layer.kind === 'dropout') {
        if (noise !== undefined) applyDropout(z, layer, index, noise, 0);
        return;
      }
      if (layer.kind === 'maxPool' || layer.kind === 'averagePool') {
        poolForward(a, rows, layer, z);
        return;
      }
      const { weights, bias } = this.#layers[parameters++]!;
      if (layer.kind === 'convolution') {
        seen.set(index, placesOf(a, rows, layer));
        convolutionForward(seen.get(index)!, rows, layer, weights, bias, z);
      } else if (index === 0) sparseForward(x, batch, weights, bias, z);
      else denseForward(a, rows, weights, bias, z, skipsZeros(this.#plan, index));
      if (layer.activation === undefined) OUTPUTS[this.#architecture.output](z, rows, bias.length);
      else ACTIVATIONS[layer.activation].forward(z, z.length);
    });
    return forward;
  }

  #backpropagate(data: TrainingRows, batch: Uint32Array, noise: Noise | undefined) {
    const { loss: lossName } = this.#architecture;
    checkBatch(this.#architecture, data, batch);
    const rows = batch.length;
    const x = toSparse(data.x);
    const { values, seen } = this.#forward(x, batch, noise);
    const outputs = values.at(-1)!;
    const width = this.#layers.at(-1)!.bias.length;
    const expected = expectedOf(data, batch, width);
    const loss = batchLoss(lossName, outputs, expected, width);
    const gradients = filledLike(this.#layers, 0);
    let delta = outputs.slice();
    outputDelta(delta, expected, width);
    let parameters = this.#layers.length;
    for (let index = this.#plan.length - 1; index >= 0; index--) {
      const layer = this.#plan[index]!;
      const a = values[index]!;
      const previous = new Float32Array(a.length);
      if (layer.kind === 'dense' || layer.kind === 'convolution') {
        parameters--;
        const target = gradients[parameters]!;
        const { weights } = this.#layers[parameters]!;
        if (layer.activation !== undefined) {
          ACTIVATIONS[layer.activation].backward(delta, values[index + 1]!, delta.length);
        }
        if (layer.kind === 'convolution') {
          convolutionGradient(seen.get(index)!, rows, layer, delta, target);
          if (index > 0) convolutionBackward(delta, rows, layer, weights, previous);
        } else {
          biasGradient(delta, rows, target.bias);
          if (index === 0) sparseGradient(x, batch, delta, target.weights);
          else {
            denseGradient(a, rows, delta, target.weights, skipsZeros(this.#plan, index));
            denseBackward(delta, rows, weights, previous);
          }
        }
      } else if (layer.kind === 'dropout') {
        previous.set(delta);
        if (noise !== undefined) applyDropout(previous, layer, index, noise, 0);
      } else poolBackward(a, delta, rows, layer, previous);
      delta = previous;
    }
    return { loss, outputs, gradients };
  }
}

/** The listed rows with their zeros, [batch.length, columns]. */
function denseRows(x: SparseRows, batch: Uint32Array): Float32Array {
  const rows = new Float32Array(batch.length * x.columns);
  batch.forEach((row, n) => {
    for (let k = x.pointers[row]!; k < x.pointers[row + 1]!; k++) {
      rows[n * x.columns + x.indices[k]!] = x.values[k]!;
    }
  });
  return rows;
}

const copyOf = (layers: readonly LayerParameters[]): LayerParameters[] =>
  layers.map(({ weights, bias }) => ({ weights: weights.slice(), bias: bias.slice() }));
