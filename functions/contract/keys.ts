/** Keys of the objects in the bucket. */

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** Keys in the bucket. Everything is written once and never changed, but for `status` and `latest`. */
export const KEYS = {
  datasetsPrefix: 'datasets/',
  runsPrefix: 'runs/',
  modelsPrefix: 'models/',
  /** A file of weights as it was uploaded, `extension` without its dot; read once, by the run of the same id. */
  importedWeights: (runId: string, extension: string) => `imports/${runId}/weights.${extension}`,
  /** The dataset's file, uncompressed, verified against what is known of it before it becomes visible. */
  source: (dataset: string, file: string) => `datasets/${dataset}/source/${file}`,
  /** Shapes, classes and shards with their SHA-256; written after all shards. */
  manifest: (dataset: string) => `datasets/${dataset}/manifest.json`,
  /**
   * Rows of a split (core/ingest/shard.ts).
   *
   * @param definition SHA-256 of what the dataset is declared as, where that is not its name alone: what was declared
   *   before and never became a dataset is not in the way of what is declared now
   */
  shard: (dataset: string, split: 'train' | 'test', index: number, definition?: string) => {
    const prefix = definition === undefined ? '' : `${definition.slice(0, 12)}-`;
    return `datasets/${dataset}/${split}/${prefix}${pad(index, 5)}.safetensors`;
  },
  runConfig: (runId: string) => `runs/${runId}/config.json`,
  checkpointsPrefix: (runId: string) => `runs/${runId}/checkpoints/`,
  checkpoint: (runId: string, step: number) => `runs/${runId}/checkpoints/${pad(step, 8)}.safetensors`,
  metricsPrefix: (runId: string) => `runs/${runId}/metrics/`,
  metrics: (runId: string, step: number) => `runs/${runId}/metrics/${pad(step, 8)}.json`,
  /** What a worker has made of the round that begins at `step`; of no use once the round's checkpoint is there. */
  roundPart: (runId: string, step: number, worker: number) =>
    `rounds/${runId}/${pad(step, 8)}/${pad(worker, 5)}.safetensors`,
  roundsPrefix: 'rounds/',
  /** running | succeeded | failed with the reason; changes by compare-and-swap. */
  status: (runId: string) => `runs/${runId}/status.json`,
  /** A file of images, or one of many, as it was uploaded for a batch. */
  batchInputPrefix: (batchId: string) => `batches/${batchId}/input/`,
  /** Which version predicts what; the first plan of a batch stays. */
  batchPlan: (batchId: string) => `batches/${batchId}/plan.json`,
  /** The parts that the state machine goes through: a JSON array. */
  batchParts: (batchId: string) => `batches/${batchId}/parts.json`,
  batchPart: (batchId: string, part: number) => `batches/${batchId}/parts/${pad(part, 6)}.jsonl`,
  batchPredictions: (batchId: string) => `batches/${batchId}/predictions.jsonl`,
  batchSummary: (batchId: string) => `batches/${batchId}/summary.json`,
  /** What a sweep tries; the first plan of a sweep stays. */
  sweepPlan: (sweepId: string) => `sweeps/${sweepId}/plan.json`,
  /** The runs of a rung, which the state machine goes through: a JSON array. */
  sweepRuns: (sweepId: string, rung: number) => `sweeps/${sweepId}/runs/${pad(rung, 2)}.json`,
  /** What the runs have come to, written when all have ended. */
  sweepLeaderboard: (sweepId: string) => `sweeps/${sweepId}/leaderboard.json`,
  versionsPrefix: (model: string) => `models/${model}/versions/`,
  version: (model: string, version: number) => `models/${model}/versions/${pad(version, 6)}.json`,
  /** {version, history?, candidate?}; changes by compare-and-swap. */
  latest: (model: string) => `models/${model}/latest.json`,
} as const;
