/** Names of the environment variables that infra sets and functions read. */
export const ENV = {
  /** Bucket of everything below. */
  bucket: 'BUCKET_NAME',
  /** Comma-separated base URLs that replace the catalogue's mirrors; empty means the catalogue's. */
  datasetMirrors: 'DATASET_MIRRORS',
  /** `public`, or `any` for mirrors over http or at private addresses. */
  mirrorAccess: 'MIRROR_ACCESS',
  /** Commit that was deployed, for the lineage. */
  gitRevision: 'GIT_REVISION',
  /** Model that answers when a request names none. */
  defaultModel: 'DEFAULT_MODEL',
  /** JSON: who may call the HTTP API (functions/predict/auth.ts). */
  auth: 'AUTH',
  /** Who may call the routes that change something (functions/contract/routes.ts). */
  manage: 'MANAGE',
  /** ARN of the state machine that trains. */
  stateMachine: 'STATE_MACHINE_ARN',
  /** CloudWatch namespace of the app's own metrics. */
  metricsNamespace: 'METRICS_NAMESPACE',
  /** Turns of the training loop after which a run goes on in a new execution. */
  turnsPerExecution: 'TURNS_PER_EXECUTION',
  /** The same of a data-parallel run, whose turns are rounds. */
  roundsPerExecution: 'ROUNDS_PER_EXECUTION',
  /** Memory in MB of the functions that train, for those that check configs. */
  trainMemoryMb: 'TRAIN_MEMORY_MB',
  /** JSON with prices that replace those of functions/contract/prices.ts; empty means none. */
  prices: 'PRICES',
} as const;
