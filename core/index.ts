/** The network as a library. */
export * from './data/catalogue.ts';
export { datasetFromShards } from './data/dataset.ts';
export { type IdxArray, parseIdx } from './data/idx.ts';
export {
  loadMnist,
  type MnistFiles,
  type MnistOptions,
  type MnistSplit,
  type NumberArray,
} from './data/load-mnist.ts';
export { decodeShard, encodeShard, type Shard } from './data/shard.ts';
export { type SparseRows, sparseFromPixels } from './data/sparse-rows.ts';
export { ConfigError, DatasetError, IntegrityError } from './errors.ts';
export {
  decodeSafetensors,
  encodeSafetensors,
  type Tensor,
  tensorOf,
} from './formats/safetensors.ts';
export {
  type Architecture,
  argmax,
  type LabelledRows,
  Network,
} from './network/network.ts';
export { numericalDerivative, numericalGradient } from './network/numerical-gradient.ts';
export * as textbook from './textbook/index.ts';
export {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
} from './training/checkpoint.ts';
export * from './training/config.ts';
export { Trainer } from './training/trainer.ts';
export { validateAgainstDataset } from './training/validate.ts';
