/** The network as a library. */

export { decodeSafetensors, encodeSafetensors, type Tensor, tensorOf } from './bytes/safetensors.ts';
export { ConfigError, DatasetError, IntegrityError, TrainingDivergedError } from './errors.ts';
export { encodeOnnx, ONNX_NAMES } from './exchange/onnx.ts';
export { decodeWeights, encodeWeights, type ImportedWeights } from './exchange/weights.ts';
export { DATASETS } from './ingest/catalogue/datasets.ts';
export { presumedShape } from './ingest/catalogue/known-shape.ts';
export type { DatasetSpec } from './ingest/catalogue/spec.ts';
export {
  type CsvDataset,
  type DatasetLike,
  datasetName,
  type IdxDataset,
  specOf,
  type UserDataset,
} from './ingest/catalogue/user-dataset.ts';
export { readCifar } from './ingest/cifar.ts';
export { datasetFromShards, targetsFromShards } from './ingest/dataset.ts';
export { type Picture, toGrey } from './ingest/grey.ts';
export { type IdxArray, parseIdx } from './ingest/idx.ts';
export { type IdxStream, openIdx } from './ingest/idx-stream.ts';
export { loadMnist, type MnistFiles, type MnistOptions, type MnistSplit } from './ingest/load-mnist.ts';
export { DIGIT_SIDE, normalizeDigit } from './ingest/normalize-digit.ts';
export { decodeShard, decodeTargetShard, encodeShard, type Shard } from './ingest/shard.ts';
export { BadRows } from './ingest/table/bad-rows.ts';
export { encodeTable } from './ingest/table/encode-table.ts';
export { gatherEncoding, type TableEncoding } from './ingest/table/encoding.ts';
export { RowEncoder, type RowValue } from './ingest/table/row-encoder.ts';
export type { TableSchema } from './ingest/table/schema.ts';
export { readTar, type TarEntry } from './ingest/tar.ts';
export { backendNamed, defaultBackend } from './kernels/default-backend.ts';
export type { Backend, BackendName, Engine, OptimizerName, UpdateRule } from './kernels/engine.ts';
export { referenceBackend } from './kernels/reference-engine.ts';
export { WasmBackend, type WasmOptions, type WorkerJob } from './kernels/wasm-backend.ts';
export { numericalDerivative, numericalGradient } from './math/numerical-gradient.ts';
export { explainClass } from './model/explain.ts';
export { argmax, Network } from './model/network.ts';
export type {
  ActivationName,
  Architecture,
  DenseLayer,
  LossName,
  OutputName,
  WeightInit,
} from './network/architecture.ts';
export { type InputRows, type PixelRows, toSparse } from './rows/input-rows.ts';
export type { NumberArray } from './rows/number-array.ts';
export { type SparseRows, sparseFromPixels } from './rows/sparse-rows.ts';
export {
  hasTargets,
  type LabelledRows,
  type Labels,
  type TargetRows,
  type TrainingRows,
} from './rows/training-rows.ts';
export * as textbook from './textbook/index.ts';
export { averageCheckpoints, CheckpointAverage } from './training/average-checkpoints.ts';
export { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './training/checkpoint.ts';
export * from './training/config.ts';
export { type BestSoFar, isStale, trackBest } from './training/early-stopping.ts';
export { type Evaluation, Evaluator, evaluate, type OutputMetrics } from './training/evaluation.ts';
export { meanCost } from './training/mean-cost.ts';
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
