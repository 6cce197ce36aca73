/** What people may say of a model and of its training. */

import type { Augmentation } from '../augmentation/settings.ts';
import { SCALINGS, type Scaling } from '../ingest/table/schema.ts';
import type { Backend, BackendName, OptimizerName } from '../kernels/engine.ts';
import type { ActivationName, WeightInit } from '../network/architecture.ts';
import type { LayerSpec, LayerSpecs } from '../network/layers.ts';
import type { EpochReport } from './evaluation.ts';
import type { Inputs } from './inputs.ts';
import type { Label, Outputs } from './outputs.ts';

export const TASKS = ['classification', 'regression'] as const;
export type Task = (typeof TASKS)[number];

/** As of tables; pixels divides by 255. */
export type InputScaling = Scaling | 'pixels';
export const INPUT_SCALINGS: readonly InputScaling[] = [...SCALINGS, 'pixels'];

export interface ModelOptions {
  /** What is learned: a class per row, or numbers. Default classification. */
  task?: Task;
  /**
   * Units of the hidden layers; inputs and outputs follow from the data. Default [64]; [] for none. Layers of pictures may
   * be among them where the data has a shape.
   */
  hidden?: readonly LayerSpec[];
  /** All layers instead, inputs first: [2, 4, 2], or [[28, 28, 1], { conv: 16, kernel: 3 }, 10]. */
  layers?: LayerSpecs;
  /** Activation of the hidden layers. Default relu. */
  activation?: ActivationName;
  /** All classes, in the order of the outputs; for data that may lack some. Default those of the first fit, sorted. */
  classes?: readonly Label[];
  /**
   * What happens to inputs: standard brings each column to mean 0 and variance 1, minmax to [0, 1], both by the rows of
   * the first fit; pixels divides by 255. Default: pixels for bytes, none for sparse rows, else standard.
   */
  scaling?: InputScaling;
  /** The same for the targets of a regression; predictions are scaled back. Default standard. */
  targetScaling?: Scaling;
  /**
   * How pictures are changed at random before each step that trains on them: shift, rotation, scale, elastic, flip and
   * crop. The data has a shape then, or `layers` begins with it. Default not at all.
   */
  augmentation?: Augmentation;
  /** Default he with relu, else xavier. */
  weightInit?: WeightInit;
  /** Default adam. */
  optimizer?: OptimizerName;
  /** Default 0.001. */
  learningRate?: number;
  /** Of the optimizer momentum. Default 0.9. */
  momentum?: number;
  /** Of adam. Default 0.9. */
  beta1?: number;
  /** Of adam. Default 0.999. */
  beta2?: number;
  /** λ of L2 regularisation. Default 0. */
  weightDecay?: number;
  /** 32-bit unsigned; the same one gives the same weights to the last bit. Default 0. */
  seed?: number;
  /** Where the arithmetic runs, which changes no bit. Default wasm. */
  backend?: BackendName | Backend;
}

/** What `fit` asks of an AbortSignal. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
}

export interface FitOptions<L extends Label | number[] = number> {
  /** Passes over the rows, added to those of earlier calls. Default 100. */
  epochs?: number;
  /** Rows per step; an epoch's last step takes those that are left. Default 32. */
  batchSize?: number;
  /** Rows that are evaluated after each epoch: others, or a fraction of x and y, which is then not trained on. */
  validation?: number | { x: Inputs; y: Outputs<L> };
  /** Called after each epoch, and waited for. When it gives 'stop', the training ends there. */
  onEpoch?: (report: EpochReport) => unknown;
  /** When it is aborted, `fit` throws its reason; the model keeps what the last finished step made of it. */
  signal?: AbortSignalLike;
}

export interface LoadOptions {
  /** Default wasm. */
  backend?: BackendName | Backend;
  /** Of a checkpoint, which doesn't say it: pixels for one of pictures, none where you scale rows yourself. */
  scaling?: 'pixels' | 'none';
  /** Names of a checkpoint's classes, in the order of its outputs. Default 0, 1, 2 … */
  classes?: readonly Label[];
}
