/**
 * One network's arithmetic, wherever it runs: the contract that all backends keep bit for bit. Of a step some of whose
 * values or gradients leave the range of float32 they only agree that some gradient does: Infinity on one may be NaN on
 * another, and what is finite on one may be NaN on another, too.
 */

import type { Architecture, LayerParameters } from '../network/architecture.ts';
import type { InputRows } from '../rows/input-rows.ts';
import type { TrainingRows } from '../rows/training-rows.ts';

export const OPTIMIZERS = ['sgd', 'momentum', 'adagrad', 'adam'] as const;
export type OptimizerName = (typeof OPTIMIZERS)[number];
/** Where the arithmetic runs: the WebAssembly kernels, or the plain TypeScript that they equal bit for bit. */
export const BACKENDS = ['wasm', 'reference'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** How one step changes the parameters; core/kernels/update-rule.ts has the formulas. Numbers are rounded to float32. */
export interface UpdateRule {
  kind: OptimizerName;
  /** This step's learning rate; for Adam with its bias correction. */
  rate: number;
  /** λ: λ·w is added to the gradients of weights, not of biases. */
  weightDecay: number;
  /** Momentum's α; Adam's 1 - β1. */
  factor1: number;
  /** Adam's 1 - β2. */
  factor2: number;
  /** What dropout draws from; a network without it needs none. */
  noise?: Noise;
}

/** Of one step, the same for all layers of dropout, which take different counters. */
export interface Noise {
  /** The run's seed. */
  seed: number;
  /** The step that is trained. */
  step: number;
}

/** State tensors per parameter. */
export const STATE_COUNT: Readonly<Record<OptimizerName, 0 | 1 | 2>> = {
  sgd: 0,
  momentum: 1,
  adagrad: 1,
  adam: 2,
};

export interface Engine {
  /**
   * Outputs of the last layer (probabilities for softmax) for the rows of `x` listed in `batch`, which may be none.
   *
   * @returns [batch.length, classes]; valid until the engine's next call
   * @throws RangeError when x has other columns than the network has inputs, or not a row that is listed
   */
  forward(x: InputRows, batch: Uint32Array): Float32Array;

  /**
   * One training step on the rows listed in `batch`.
   *
   * @param wantLoss whether to compute the loss, which costs a little
   * @returns the batch's mean loss before the update, or 0 when it isn't wanted; NaN when an output is not finite:
   *   then nothing was updated
   * @throws RangeError for an empty batch, and what doesn't fit: columns, rows, labels or targets; for dropout without
   *   noise
   */
  step(data: TrainingRows, batch: Uint32Array, rule: UpdateRule, wantLoss: boolean): number;

  /**
   * Gradients of the batch's mean loss, in the layers' shapes, and that loss; all NaN when an output is not finite.
   * Changes no parameter. Without noise, dropout leaves nothing out.
   *
   * @throws RangeError as `step`
   */
  gradients(
    data: TrainingRows,
    batch: Uint32Array,
    noise?: Noise,
  ): { loss: number; gradients: LayerParameters[] };

  /** A copy of the parameters. */
  layers(): LayerParameters[];

  /** A copy of the optimizer's state: as many sets of tensors in the layers' shapes as the kind keeps. */
  state(kind: OptimizerName): LayerParameters[][];

  /** Replaces the optimizer's state, which is zero at first. */
  restoreState(state: readonly (readonly LayerParameters[])[]): void;

  /** Gives its memory back at once, which else comes back some time after it is garbage. It is not to be used after that. */
  release(): void;
}

/** Makes engines. */
export interface Backend {
  readonly name: BackendName;
  createEngine(architecture: Architecture, layers: readonly LayerParameters[]): Engine;
  /** Brings rows to where the engines read them, once; without it each call brings those that it needs. */
  place(x: InputRows): void;
}

/** Rows that are worked on at a time; bounds the memory of activations whatever the batch. No result depends on it. */
export const BLOCK_ROWS = 256;

/** New ones in the layers' shapes. */
export const filledLike = (layers: readonly LayerParameters[], value: number): LayerParameters[] =>
  layers.map(({ weights, bias }) => ({
    weights: new Float32Array(weights.length).fill(value),
    bias: new Float32Array(bias.length).fill(value),
  }));
