/**
 * The library: what `import … from 'stepnet'` gives, and nothing else. docs/library.md shows it. Code of this repository
 * imports the files themselves.
 */

export type { Augmentation, ElasticDistortion } from './augmentation/settings.ts';
export {
  type Dtype,
  decodeSafetensors,
  encodeSafetensors,
  type Safetensors,
  type Tensor,
} from './bytes/safetensors.ts';
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
export type { HowToRead, ReadLayers } from './exchange/layers-from-arrays.ts';
export { encodeOnnx } from './exchange/onnx.ts';
export type { LayoutName } from './exchange/tensor-layout.ts';
export {
  type DecodeOptions,
  decodeWeights,
  encodeWeights,
  type ImportedWeights,
  type WeightsFormat,
} from './exchange/weights.ts';
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
export { normalizeDigit } from './ingest/normalize-digit.ts';
export type { Picture } from './ingest/picture.ts';
export type { DeclaredValue } from './ingest/table/declared-value.ts';
export { decodeTargets, encodeRow } from './ingest/table/encode-row.ts';
export type {
  CategoricalEncoding,
  ColumnEncoding,
  ColumnScale,
  NumericEncoding,
  TableEncoding,
} from './ingest/table/encoding.ts';
export { type LoadedTable, loadTable } from './ingest/table/load-table.ts';
export type { RowValue } from './ingest/table/row-encoder.ts';
export type {
  CategoricalColumn,
  ColumnSchema,
  IgnoredColumn,
  LabelSchema,
  NumericColumn,
  Scaling,
  TableSchema,
  TargetSchema,
} from './ingest/table/schema.ts';
export type { NumericStatistics } from './ingest/table/statistics.ts';
export type { Backend, BackendName, Engine, Noise, OptimizerName, UpdateRule } from './kernels/engine.ts';
export { referenceBackend } from './kernels/reference-engine.ts';
export { WasmBackend, type WasmOptions, type WorkerJob } from './kernels/wasm-backend.ts';
export type { WasmMemory, WasmModule } from './kernels/webassembly.ts';
export type { Moments } from './math/moments.ts';
export { explainClass } from './model/explain.ts';
export { featureMaps, firstFilters, type TrainedNetwork } from './model/feature-maps.ts';
export { Network } from './model/network.ts';
export type {
  ActivationName,
  Architecture,
  LayerParameters,
  LossName,
  OutputName,
  WeightInit,
} from './network/architecture.ts';
export type {
  AveragePoolSpec,
  ConvolutionSpec,
  DropoutSpec,
  LayerSpec,
  LayerSpecs,
  MaxPoolSpec,
  Padding,
  PictureShape,
  Sides,
} from './network/layers.ts';
export { initialLayers } from './network/weights.ts';
export type { InputRows, PixelRows } from './rows/input-rows.ts';
export { type SparseRows, sparseFromDense } from './rows/sparse-rows.ts';
export type { LabelledRows, Labels, SampleRows, TargetRows, TrainingRows } from './rows/training-rows.ts';
export * as textbook from './textbook/index.ts';
export { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './training/checkpoint.ts';
export {
  DEFAULT_CONFIG,
  type LearningRateSchedule,
  type SamplingName,
  type TrainingConfig,
  totalSteps,
} from './training/config.ts';
export { type Evaluation, evaluate, type OutputMetrics } from './training/evaluation.ts';
export { Trainer } from './training/trainer.ts';
