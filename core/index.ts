/** The network as a library. */

export { DATASETS } from './data/catalogue/datasets.ts';
export { presumedShape } from './data/catalogue/known-shape.ts';
export type { DatasetSpec } from './data/catalogue/spec.ts';
export {
  type CsvDataset,
  type DatasetLike,
  datasetName,
  type IdxDataset,
  specOf,
  type UserDataset,
} from './data/catalogue/user-dataset.ts';
export { readCifar } from './data/cifar.ts';
export { datasetFromShards, targetsFromShards } from './data/dataset.ts';
export { type Picture, toGrey } from './data/grey.ts';
export { type IdxArray, parseIdx } from './data/idx.ts';
export { type IdxStream, openIdx } from './data/idx-stream.ts';
export { type InputRows, type PixelRows, toSparse } from './data/input-rows.ts';
export {
  loadMnist,
  type MnistFiles,
  type MnistOptions,
  type MnistSplit,
  type NumberArray,
} from './data/load-mnist.ts';
export { meanCost } from './data/mean-cost.ts';
export { DIGIT_SIDE, normalizeDigit } from './data/normalize-digit.ts';
export { decodeShard, decodeTargetShard, encodeShard, type Shard } from './data/shard.ts';
export { type SparseRows, sparseFromPixels } from './data/sparse-rows.ts';
export { BadRows } from './data/table/bad-rows.ts';
export { encodeTable } from './data/table/encode-table.ts';
export { gatherEncoding, type TableEncoding } from './data/table/encoding.ts';
export { RowEncoder, type RowValue } from './data/table/row-encoder.ts';
export type { TableSchema } from './data/table/schema.ts';
export { ConfigError, DatasetError, IntegrityError, TrainingDivergedError } from './errors.ts';
export { encodeOnnx, ONNX_NAMES } from './formats/onnx.ts';
export {
  decodeSafetensors,
  encodeSafetensors,
  type Tensor,
  tensorOf,
} from './formats/safetensors.ts';
export { readTar, type TarEntry } from './formats/tar.ts';
export { decodeWeights, encodeWeights, type ImportedWeights } from './formats/weights.ts';
export { backendNamed, defaultBackend } from './kernels/default-backend.ts';
export type { Backend, Engine, UpdateRule } from './kernels/engine.ts';
export { referenceBackend } from './kernels/reference-engine.ts';
export { WasmBackend, type WasmOptions, type WorkerJob } from './kernels/wasm-backend.ts';
export {
  type Architecture,
  type DenseLayer,
  hasTargets,
  type LabelledRows,
  type Labels,
  type TargetRows,
  type TrainingRows,
} from './network/architecture.ts';
export { explainClass } from './network/explain.ts';
export { argmax, Network } from './network/network.ts';
export { numericalDerivative, numericalGradient } from './network/numerical-gradient.ts';
export * as textbook from './textbook/index.ts';
export { averageCheckpoints, CheckpointAverage } from './training/average-checkpoints.ts';
export {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
} from './training/checkpoint.ts';
export * from './training/config.ts';
export { type BestSoFar, isStale, trackBest } from './training/early-stopping.ts';
export { type Evaluation, Evaluator, evaluate, type OutputMetrics } from './training/evaluation.ts';
export { type Figures, gainOf, isLoss, type MetricName, metricOr } from './training/metric.ts';
export {
  evaluateAfter,
  partsOf,
  type Round,
  roundAt,
  type WorkerPart,
  type Workers,
  workersOf,
} from './training/rounds.ts';
export type { RowSource, StepRows } from './training/row-source.ts';
export { learningRateAt } from './training/schedule.ts';
export {
  advanceOverShards,
  type LoadShard,
  ShardStream,
  type StreamOptions,
} from './training/shard-stream.ts';
export { Trainer } from './training/trainer.ts';
export { type DatasetShape, validateAgainstDataset } from './training/validate.ts';
