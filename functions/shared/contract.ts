/**
 * What functions and infrastructure agree on: function names, environment variables, S3 keys, routes.
 * Free of dependencies, so that the CDK app may import it without pulling in any function's code.
 */

/** One Lambda per entry: its folder under functions/, holding handler.ts. */
export const FUNCTIONS = [
  'validate-config',
  'download-dataset',
  'shard-dataset',
  'start-run',
  'train-chunk',
  'train-worker',
  'reduce-round',
  'import-model',
  'promote-model',
  'record-failure',
  'predict',
  'rollback-model',
  'plan-batch',
  'predict-part',
  'collect-batch',
  'plan-sweep',
  'collect-sweep',
] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** Names of the environment variables that infra sets and functions read. */
export const ENV = {
  /** Bucket of everything below. All functions but validate-config. */
  bucket: 'BUCKET_NAME',
  /** Comma-separated base URLs that replace the catalogue's mirrors; empty means the catalogue's. download-dataset. */
  datasetMirrors: 'DATASET_MIRRORS',
  /** `public`, or `any` for mirrors over http or at private addresses. download-dataset. */
  mirrorAccess: 'MIRROR_ACCESS',
  /** Commit that was deployed, for the lineage. promote-model. */
  gitRevision: 'GIT_REVISION',
  /** Model that answers when a request names none. predict. */
  defaultModel: 'DEFAULT_MODEL',
  /** CloudWatch namespace of the app's own metrics. start-run, train-chunk, reduce-round, import-model, promote-model, predict. */
  metricsNamespace: 'METRICS_NAMESPACE',
  /** Turns of the training loop after which a run goes on in a new execution. start-run. */
  turnsPerExecution: 'TURNS_PER_EXECUTION',
  /** The same of a data-parallel run, whose turns are rounds. start-run. */
  roundsPerExecution: 'ROUNDS_PER_EXECUTION',
  /** JSON with prices that replace those of functions/shared/prices.ts; empty means none. start-run, all that train, plan-sweep, collect-sweep. */
  prices: 'PRICES',
} as const;

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
   * Rows of a split (core/data/shard.ts).
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

/** Routes of the HTTP API, all answered by the predict function, as is whatever is none of them. */
export const ROUTES = [
  { method: 'POST', path: '/predict' },
  { method: 'GET', path: '/runs' },
  { method: 'GET', path: '/runs/{id}' },
  { method: 'GET', path: '/models' },
  { method: 'GET', path: '/models/{model}' },
  { method: 'GET', path: '/models/{model}/report' },
  { method: 'GET', path: '/models/{model}/weights' },
  { method: 'GET', path: '/v2' },
  { method: 'GET', path: '/v2/health/live' },
  { method: 'GET', path: '/v2/health/ready' },
  { method: 'GET', path: '/v2/models/{model}' },
  { method: 'GET', path: '/v2/models/{model}/ready' },
  { method: 'POST', path: '/v2/models/{model}/infer' },
  { method: 'GET', path: '/v2/models/{model}/versions/{version}' },
  { method: 'GET', path: '/v2/models/{model}/versions/{version}/ready' },
  { method: 'POST', path: '/v2/models/{model}/versions/{version}/infer' },
  { method: 'GET', path: '/openapi.json' },
  { method: 'GET', path: '/' },
] as const;
type Route = (typeof ROUTES)[number];
/** `GET /runs/{id}`, for each route. */
export type RouteKey = Route extends infer R
  ? R extends Route
    ? `${R['method']} ${R['path']}`
    : never
  : never;

/** Names of the app's own metrics and their dimensions, which dashboards and alarms read. */
export const METRICS = {
  imagesPerSecond: 'ImagesPerSecond',
  /** Estimated Lambda compute of training. */
  dollars: 'EstimatedDollars',
  trainAccuracy: 'TrainAccuracy',
  testAccuracy: 'TestAccuracy',
  testLoss: 'TestLoss',
  promoted: 'Promoted',
  notPromoted: 'NotPromoted',
  /** Of a version: requests on which it was asked, whether it answered or was compared. */
  requests: 'Requests',
  errors: 'Errors',
  latency: 'Latency',
  /** Of a model's candidate. */
  candidateRequests: 'CandidateRequests',
  candidateErrors: 'CandidateErrors',
  /** Images on which the candidate and the serving version were both asked, and those with different classes. */
  compared: 'Compared',
  disagreements: 'Disagreements',
  byModel: 'Model',
  byVersion: 'Version',
} as const;

/** Outputs of the stacks, read by `npm run train` in the cloud and by the local cloud. */
export const OUTPUTS = {
  bucket: 'BucketName',
  stateMachine: 'StateMachineArn',
  /** Of the state machine that imports weights. */
  importStateMachine: 'ImportStateMachineArn',
  endpoint: 'ApiEndpoint',
  /** Of the state machine that predicts batches. */
  batchStateMachine: 'BatchStateMachineArn',
  /** Of the state machine that runs sweeps. */
  sweepStateMachine: 'SweepStateMachineArn',
} as const;

/** Parameters of the training stack, set with `cdk deploy --parameters`. */
export const PARAMETERS = {
  /** Value of ENV.datasetMirrors. */
  datasetMirrors: 'DatasetMirrors',
  /** Value of ENV.mirrorAccess. */
  mirrorAccess: 'MirrorAccess',
} as const;

/** Lambda's and Step Functions' limits that the code plans for (read November 2026). */
export const LIMITS = {
  /** Events in one execution's history. */
  historyEvents: 25_000,
  /** Bytes of JSON between two states. */
  stateBytes: 262_144,
  /** Bytes of a synchronous invocation's event. */
  invokeBytes: 6_291_456,
  /** Bytes of a request body to the HTTP API. */
  httpBodyBytes: 10_485_760,
} as const;

/** Events that the training workflow leaves in its execution's history ("Get execution history", AWS Step Functions Developer Guide). */
export const EVENTS = {
  /** A turn of the loop: TrainChunk entered, scheduled, started, succeeded and exited, TrainingDone entered and exited. */
  perTurn: 7,
  /**
   * A round: TrainRound entered, started, its run started and succeeded, TrainRound succeeded and exited; ReduceRound and
   * TrainingDone like TrainChunk and TrainingDone. Workers are executions of their own, with a history of their own.
   */
  perRound: 13,
  /** An attempt that failed: scheduled, started, failed. */
  perRetry: 3,
  /** Most retries of a state: infra/retries.ts. */
  retries: 5,
  /** All states outside of the loop, each tried the most times; the dataset's files take the larger part. */
  outsideOfLoop: 1000,
} as const;

/** Turns that fit into an execution's history even when each of them is tried the most times. */
export const TURNS_PER_EXECUTION = Math.floor(
  (LIMITS.historyEvents - EVENTS.outsideOfLoop) / (EVENTS.perTurn + EVENTS.perRetry * EVENTS.retries),
);

/**
 * Rounds that fit, however many workers they have, when each of ReduceRound's is tried the most times; no more than an
 * execution has time for when workers and reducers take as long as they may.
 */
export const ROUNDS_PER_EXECUTION = Math.min(
  600,
  Math.floor(
    (LIMITS.historyEvents - EVENTS.outsideOfLoop) / (EVENTS.perRound + EVENTS.perRetry * EVENTS.retries),
  ),
);

/** Workers of a run at most: what they answer has to fit into LIMITS.stateBytes. */
export const MAX_WORKERS = 1000;

/** Prices that can be replaced, by name; functions/shared/prices.ts has what they are. */
export const PRICE_NAMES = [
  'lambdaGbSecond',
  'lambdaRequest',
  'stateTransition',
  's3Write',
  's3Read',
] as const;
export type PriceName = (typeof PRICE_NAMES)[number];
