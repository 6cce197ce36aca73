/** What a training run is: every field of the state machine's input, with the deck's job as default. */

export type ActivationName = 'sigmoid' | 'relu' | 'step' | 'identity';
export type OutputName = 'softmax' | 'identity';
export type LossName = 'crossEntropy' | 'meanSquaredError';
export type OptimizerName = 'sgd';
export type SamplingName = 'withReplacement' | 'shuffle';
export type WeightInit = { kind: 'normal'; std: number } | { kind: 'xavier' } | { kind: 'he' };

export interface TrainingConfig {
  /** Name of a dataset in the catalogue. */
  dataset: string;
  /** Units per layer, input first: [784, 50, 10] is one hidden layer of 50. */
  layers: number[];
  /** Activation of every hidden layer. */
  activation: ActivationName;
  /** Function of the output layer. Softmax goes with crossEntropy, identity with meanSquaredError. */
  output: OutputName;
  loss: LossName;
  weightInit: WeightInit;
  /** Training steps, one mini-batch each. Ignored when `epochs` is given. */
  iterations: number;
  /** Passes over the training set; replaces `iterations`. */
  epochs?: number;
  /** Samples per step. */
  batchSize: number;
  learningRate: number;
  optimizer: OptimizerName;
  /** How a step's batch is drawn: independently each time (the deck), or a fresh permutation per epoch. */
  sampling: SamplingName;
  /** 32-bit unsigned seed of all randomness. */
  seed: number;
  /** Steps per TrainChunk invocation; default one epoch. */
  chunkIterations?: number;
  /** Steps between evaluations on the train and test sets; default one epoch. */
  evaluateEvery?: number;
  /** Model name that the result is promoted to. */
  model: string;
  precision: 'float32';
}

/** The deck's job: 10,000 iterations of batch 100 on MNIST with 784-50-10. */
export const DEFAULT_CONFIG: Readonly<TrainingConfig> = {
  dataset: 'mnist',
  layers: [784, 50, 10],
  activation: 'sigmoid',
  output: 'softmax',
  loss: 'crossEntropy',
  weightInit: { kind: 'normal', std: 0.01 },
  iterations: 10_000,
  batchSize: 100,
  learningRate: 0.1,
  optimizer: 'sgd',
  sampling: 'withReplacement',
  seed: 0,
  model: 'mnist',
  precision: 'float32',
};

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
