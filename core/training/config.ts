/** How a network is trained, with the textbook's job as default. */

import type { Augmentation } from '../augmentation/settings.ts';
import type { BackendName, OptimizerName } from '../kernels/engine.ts';
import type { Architecture, WeightInit } from '../network/architecture.ts';

export const SAMPLINGS = ['withReplacement', 'shuffle', 'shardShuffle'] as const;
export type SamplingName = (typeof SAMPLINGS)[number];
export const SCHEDULES = ['constant', 'step', 'cosine'] as const;

/** How the learning rate changes; `warmupEpochs` first raise it in equal increments from near 0. */
export type LearningRateSchedule = { warmupEpochs?: number } & (
  | { kind: 'constant' }
  /** Times `factor` every `everyEpochs`. */
  | { kind: 'step'; everyEpochs: number; factor: number }
  /** Half a cosine from learningRate to `final` at the run's end. */
  | { kind: 'cosine'; final: number }
);

export interface TrainingConfig extends Architecture {
  /**
   * How weights begin: normal with the standard deviation that you give, of √(1/n) (xavier) or of √(2/n) (he), n being a
   * layer's inputs. Biases begin at 0.
   */
  weightInit: WeightInit;
  /** Training steps, one batch each, instead of `epochs`. */
  iterations: number;
  /** Passes over the training set; replaces `iterations`. */
  epochs?: number;
  /** Samples per step. */
  batchSize: number;
  /** How far a step goes along its gradient. */
  learningRate: number;
  /**
   * How the learning rate changes: step multiplies it by `factor` every `everyEpochs`, cosine lets it fall to `final`
   * at the end. `warmupEpochs` first raise it from near 0.
   */
  learningRateSchedule: LearningRateSchedule;
  /** The rule that turns gradients into steps. */
  optimizer: OptimizerName;
  /** Momentum's α; other optimizers ignore it. */
  momentum: number;
  /** Decay rate of adam's mean of gradients; other optimizers ignore it. */
  beta1: number;
  /** Decay rate of adam's mean of squared gradients; other optimizers ignore it. */
  beta2: number;
  /** λ of L2 regularisation: λ·w is added to the gradients of weights, not of biases. */
  weightDecay: number;
  /**
   * How batches are drawn: withReplacement draws each sample from the whole training set, as the textbook does; shuffle
   * takes every sample once an epoch; shardShuffle does the same for data larger than memory.
   */
  sampling: SamplingName;
  /** Shards whose rows shardShuffle mixes; 4 when left out. Other samplings ignore it. */
  shardsTogether?: number;
  /**
   * How pictures are changed at random before each step that trains on them; evaluations and predictions see them as
   * they are. The first of `layers` is then the pictures' size, as in [[28, 28, 1], 800, 10]. None when left out.
   */
  augmentation?: Augmentation;
  /** 32-bit unsigned seed of all randomness. */
  seed: number;
  /**
   * Functions that train at the same time, each on its part of a round, after which their weights are averaged. Left
   * out: one function trains alone.
   */
  workers?: number;
  /** Steps of each worker in a round; a worker's share of about an epoch when left out. */
  localIterations?: number;
  /** The numbers that the network computes with. */
  precision: 'float32';
  /** Where the arithmetic runs: the WebAssembly kernels, or the plain TypeScript that they equal bit for bit. */
  backend: BackendName;
}

/** The textbook job: 10,000 iterations of batch 100 on MNIST with 784-50-10. */
export const DEFAULT_CONFIG: Readonly<TrainingConfig> & { layers: readonly number[] } = {
  layers: [784, 50, 10],
  activation: 'sigmoid',
  output: 'softmax',
  loss: 'crossEntropy',
  weightInit: { kind: 'normal', std: 0.01 },
  iterations: 10_000,
  batchSize: 100,
  learningRate: 0.1,
  learningRateSchedule: { kind: 'constant' },
  optimizer: 'sgd',
  momentum: 0.9,
  beta1: 0.9,
  beta2: 0.999,
  weightDecay: 0,
  sampling: 'withReplacement',
  seed: 0,
  precision: 'float32',
  backend: 'wasm',
};

/** Twice as many are in memory at a time where a dataset is streamed. */
export const SHARDS_TOGETHER = 4;

/** Whole batches in one pass over `trainSize` samples; at least one. */
export function stepsPerEpoch(batchSize: number, trainSize: number): number {
  return Math.max(1, Math.floor(trainSize / batchSize));
}

/** Steps the whole run takes. */
export function totalSteps(config: TrainingConfig, trainSize: number): number {
  return config.epochs === undefined
    ? config.iterations
    : Math.ceil(config.epochs * stepsPerEpoch(config.batchSize, trainSize));
}
