/** Keys of the objects in the bucket, and the IAM patterns of each kind of them. */

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** Keys in the bucket. Everything is written once and never changed, but for `status`, `latest`, indexes and claims. */
export const KEYS = {
  datasetsPrefix: 'datasets/',
  runsPrefix: 'runs/',
  modelsPrefix: 'models/',
  importsPrefix: 'imports/',
  /** A file of weights as it was uploaded, `extension` without its dot; read once, by the run of the same id. */
  importedWeights: (runId: string, extension: string) => `imports/${runId}/weights.${extension}`,
  sourcesPrefix: (dataset: string) => `datasets/${dataset}/source/`,
  /** The dataset's file, uncompressed, verified against what is known of it before it becomes visible. */
  source: (dataset: string, file: string) => `${KEYS.sourcesPrefix(dataset)}${file}`,
  /** What a dataset is declared as that configs may name; written when it is added, before it is prepared. */
  declaration: (dataset: string) => `datasets/${dataset}/declaration.json`,
  /** Shapes, classes and shards with their SHA-256; written after all shards. */
  manifest: (dataset: string) => `datasets/${dataset}/manifest.json`,
  shardsPrefix: (dataset: string, split: 'train' | 'test') => `datasets/${dataset}/${split}/`,
  /**
   * Rows of a split (core/ingest/shard.ts).
   *
   * @param definition SHA-256 of what the dataset is declared as, where that is not its name alone: what was declared
   *   before and never became a dataset is not in the way of what is declared now
   */
  shard: (dataset: string, split: 'train' | 'test', index: number, definition?: string) => {
    const prefix = definition === undefined ? '' : `${definition.slice(0, 12)}-`;
    return `${KEYS.shardsPrefix(dataset, split)}${prefix}${pad(index, 5)}.safetensors`;
  },
  runConfig: (runId: string) => `runs/${runId}/config.json`,
  checkpointsPrefix: (runId: string) => `runs/${runId}/checkpoints/`,
  checkpoint: (runId: string, step: number) => `${KEYS.checkpointsPrefix(runId)}${pad(step, 8)}.safetensors`,
  metricsPrefix: (runId: string) => `runs/${runId}/metrics/`,
  metrics: (runId: string, step: number) => `${KEYS.metricsPrefix(runId)}${pad(step, 8)}.json`,
  metricsIndexPrefix: (runId: string) => `runs/${runId}/metrics-index/`,
  /** The newest metrics in one object, and which segments hold the older ones; changes by compare-and-swap. */
  metricsIndex: (runId: string) => `${KEYS.metricsIndexPrefix(runId)}index.json`,
  /** Many metrics, from a step on. @param digest SHA-256 of the object */
  metricsSegment: (runId: string, step: number, digest: string) =>
    `${KEYS.metricsIndexPrefix(runId)}${pad(step, 8)}-${digest.slice(0, 12)}.json`,
  /** What a worker has made of the round that begins at `step`; of no use once the round's checkpoint is there. */
  roundPart: (runId: string, step: number, worker: number) =>
    `rounds/${runId}/${pad(step, 8)}/${pad(worker, 5)}.safetensors`,
  roundsPrefix: 'rounds/',
  /** running | succeeded | failed with the reason; changes by compare-and-swap. */
  status: (runId: string) => `runs/${runId}/status.json`,
  /** Of all runs' statuses, with the newest runs in itself; changes by compare-and-swap. */
  runIndex: 'run-index/head.json',
  /** Older runs. @param digest SHA-256 of the object */
  runIndexSegment: (digest: string) => `run-index/segments/${digest}.json`,
  runChangesPrefix: 'run-index/changes/',
  /** An empty object: that a run's status is about to change. @param name what, when and whose */
  runChange: (epoch: number, name: string) => `${KEYS.runChangesPrefix}${pad(epoch, 8)}/${name}`,
  batchesPrefix: 'batches/',
  /** A file of images, or one of many, as it was uploaded for a batch. */
  batchInputPrefix: (batchId: string) => `batches/${batchId}/input/`,
  /** Which version predicts what; the first plan of a batch stays. */
  batchPlan: (batchId: string) => `batches/${batchId}/plan.json`,
  /** The parts that the state machine goes through: a JSON array. */
  batchParts: (batchId: string) => `batches/${batchId}/parts.json`,
  batchPartsPrefix: (batchId: string) => `batches/${batchId}/parts/`,
  batchPart: (batchId: string, part: number) => `${KEYS.batchPartsPrefix(batchId)}${pad(part, 6)}.jsonl`,
  batchPredictions: (batchId: string) => `batches/${batchId}/predictions.jsonl`,
  batchSummary: (batchId: string) => `batches/${batchId}/summary.json`,
  /** What a sweep tries; the first plan of a sweep stays. */
  sweepPlan: (sweepId: string) => `sweeps/${sweepId}/plan.json`,
  sweepRunsPrefix: (sweepId: string) => `sweeps/${sweepId}/runs/`,
  /** The runs of a rung, which the state machine goes through: a JSON array. */
  sweepRuns: (sweepId: string, rung: number) => `${KEYS.sweepRunsPrefix(sweepId)}${pad(rung, 2)}.json`,
  /** What the runs have come to, written when all have ended. */
  sweepLeaderboard: (sweepId: string) => `sweeps/${sweepId}/leaderboard.json`,
  /** What Step Functions writes of the executions of a Map's items, in folders that it names itself. */
  mapRunsPrefix: 'map-runs/',
  sweepMapRunsPrefix: (sweepId: string) => `map-runs/sweeps/${sweepId}/`,
  batchMapRunsPrefix: (batchId: string) => `map-runs/batches/${batchId}/`,
  versionsPrefix: (model: string) => `models/${model}/versions/`,
  version: (model: string, version: number) => `${KEYS.versionsPrefix(model)}${pad(version, 6)}.json`,
  versionsIndexPrefix: (model: string) => `models/${model}/versions-index/`,
  /** Of versions what the index of metrics is of these. */
  versionsIndex: (model: string) => `${KEYS.versionsIndexPrefix(model)}index.json`,
  versionsSegment: (model: string, version: number, digest: string) =>
    `${KEYS.versionsIndexPrefix(model)}${pad(version, 6)}-${digest.slice(0, 12)}.json`,
  claimsPrefix: (model: string) => `models/${model}/claims/`,
  /**
   * The number that a promotion takes, or has taken; changes by compare-and-swap when another promotion was faster.
   *
   * @param checkpoint SHA-256 of the one that is promoted
   */
  claim: (model: string, runId: string, checkpoint: string) =>
    `${KEYS.claimsPrefix(model)}${runId}-${checkpoint.slice(0, 12)}.json`,
  /** {version, history?, candidate?}; changes by compare-and-swap. */
  latest: (model: string) => `models/${model}/latest.json`,
} as const;

/** In an IAM pattern any text, slashes too: a pattern therefore fixes what stands before and behind each name. */
const ANY = '*';

/**
 * The kinds of keys as IAM patterns, for grants. Where keys end in a number, their whole folder is meant.
 * test/functions/contract/keys.test.ts holds that no key matches a pattern of another kind, apart from a source that is
 * called manifest.json or declaration.json.
 */
export const PATTERNS = {
  imports: `${KEYS.importsPrefix}${ANY}`,
  datasets: `${KEYS.datasetsPrefix}${ANY}`,
  sources: `${KEYS.sourcesPrefix(ANY)}${ANY}`,
  declaration: KEYS.declaration(ANY),
  manifest: KEYS.manifest(ANY),
  trainShards: `${KEYS.shardsPrefix(ANY, 'train')}${ANY}`,
  testShards: `${KEYS.shardsPrefix(ANY, 'test')}${ANY}`,
  runConfig: KEYS.runConfig(ANY),
  status: KEYS.status(ANY),
  runIndex: 'run-index/*',
  checkpoints: `${KEYS.checkpointsPrefix(ANY)}${ANY}`,
  metrics: `${KEYS.metricsPrefix(ANY)}${ANY}`,
  metricsIndex: `${KEYS.metricsIndexPrefix(ANY)}${ANY}`,
  roundParts: `${KEYS.roundsPrefix}${ANY}`,
  batches: `${KEYS.batchesPrefix}${ANY}`,
  batchPlan: KEYS.batchPlan(ANY),
  batchParts: KEYS.batchParts(ANY),
  batchPartResults: `${KEYS.batchPartsPrefix(ANY)}${ANY}`,
  batchPredictions: KEYS.batchPredictions(ANY),
  batchSummary: KEYS.batchSummary(ANY),
  sweepPlan: KEYS.sweepPlan(ANY),
  sweepRuns: `${KEYS.sweepRunsPrefix(ANY)}${ANY}`,
  sweepLeaderboard: KEYS.sweepLeaderboard(ANY),
  sweepMapRuns: `${KEYS.sweepMapRunsPrefix(ANY)}${ANY}`,
  batchMapRuns: `${KEYS.batchMapRunsPrefix(ANY)}${ANY}`,
  versions: `${KEYS.versionsPrefix(ANY)}${ANY}`,
  versionsIndex: `${KEYS.versionsIndexPrefix(ANY)}${ANY}`,
  claims: `${KEYS.claimsPrefix(ANY)}${ANY}`,
  latest: KEYS.latest(ANY),
} as const;

/** Folders as IAM patterns of the prefixes that are listed. */
export const LISTED = {
  runs: KEYS.runsPrefix,
  runChanges: KEYS.runChangesPrefix,
  metrics: KEYS.metricsPrefix(ANY),
  models: KEYS.modelsPrefix,
  versions: KEYS.versionsPrefix(ANY),
} as const;
