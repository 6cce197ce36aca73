/** The library: what `import … from 'stepnet'` gives. docs/library.md shows it. Inside, files import each other. */

export { decodeSafetensors, encodeSafetensors, type Tensor } from './bytes/safetensors.ts';
export { ConfigError, DatasetError, IntegrityError, TrainingDivergedError } from './errors.ts';
export type { EpochReport, ModelEvaluation } from './estimator/evaluation.ts';
export type { FlatRows, Inputs } from './estimator/inputs.ts';
export { Model } from './estimator/model.ts';
export type {
  AbortSignalLike,
  FitOptions,
  InputScaling,
  LoadOptions,
  ModelOptions,
  Task,
} from './estimator/options.ts';
export type { Label, Outputs } from './estimator/outputs.ts';
export { encodeOnnx, ONNX_NAMES } from './exchange/onnx.ts';
export { decodeWeights, encodeWeights, type ImportedWeights } from './exchange/weights.ts';
export { type IdxArray, parseIdx } from './ingest/idx.ts';
export {
  loadMnist,
  type MnistFiles,
  type MnistOptions,
  type MnistRows,
  type MnistSplit,
  mnistRows,
  type NumberArray,
} from './ingest/load-mnist.ts';
export { DIGIT_SIDE, normalizeDigit } from './ingest/normalize-digit.ts';
export type { TableEncoding } from './ingest/table/encoding.ts';
export { type LoadedTable, loadTable } from './ingest/table/load-table.ts';
export { RowEncoder, type RowValue } from './ingest/table/row-encoder.ts';
export type { ColumnSchema, TableSchema } from './ingest/table/schema.ts';
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
export { initialLayers } from './network/weights.ts';
export { type InputRows, type PixelRows, toSparse } from './rows/input-rows.ts';
export { type SparseRows, sparseFromDense, sparseFromPixels } from './rows/sparse-rows.ts';
export type { LabelledRows, Labels, TargetRows, TrainingRows } from './rows/training-rows.ts';
export * as textbook from './textbook/index.ts';
export { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './training/checkpoint.ts';
export {
  DEFAULT_CONFIG,
  type LearningRateSchedule,
  type SamplingName,
  stepsPerEpoch,
  type TrainingConfig,
  totalSteps,
} from './training/config.ts';
export { type Evaluation, evaluate, type OutputMetrics } from './training/evaluation.ts';
export { learningRateAt } from './training/schedule.ts';
export { Trainer } from './training/trainer.ts';
