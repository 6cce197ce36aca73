/** How gradients change weights. An optimizer's state is kept in checkpoints, so that a resumed run goes on exactly. */
import { IntegrityError } from '../errors.ts';
import type { Tensor } from '../formats/safetensors.ts';
import type { Backend } from '../kernels/backend.ts';
import type { DenseLayer } from '../network/weights.ts';
import type { TrainingConfig } from './config.ts';

export interface Optimizer {
  /** Updates the layers in place; `gradients` has their shapes. */
  update(layers: readonly DenseLayer[], gradients: readonly DenseLayer[]): void;
  /** Tensors to keep besides the weights; names must not collide with W1, b1, … */
  state(): Map<string, Tensor>;
  /** @throws IntegrityError when the tensors aren't the ones that `state` made */
  restore(state: ReadonlyMap<string, Tensor>): void;
}

/** Stochastic gradient descent: w = w - learningRate·g. */
class Sgd implements Optimizer {
  #backend: Backend;
  #learningRate: number;

  constructor(backend: Backend, learningRate: number) {
    this.#backend = backend;
    this.#learningRate = learningRate;
  }

  update(layers: readonly DenseLayer[], gradients: readonly DenseLayer[]): void {
    layers.forEach((layer, index) => {
      this.#backend.sgdUpdate(layer.weights, gradients[index]!.weights, this.#learningRate);
      this.#backend.sgdUpdate(layer.bias, gradients[index]!.bias, this.#learningRate);
    });
  }

  state(): Map<string, Tensor> {
    return new Map();
  }

  restore(state: ReadonlyMap<string, Tensor>): void {
    if (state.size > 0) {
      throw new IntegrityError(`checkpoint: sgd keeps no state, got ${[...state.keys()].join(', ')}`);
    }
  }
}

export function createOptimizer(config: TrainingConfig, backend: Backend): Optimizer {
  switch (config.optimizer) {
    case 'sgd':
      return new Sgd(backend, config.learningRate);
  }
}
