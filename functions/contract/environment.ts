/** Environment variables that infra sets and functions read. */

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
  /** JSON with prices that replace those of functions/contract/prices.ts; empty means none. start-run, all that train, plan-sweep, collect-sweep. */
  prices: 'PRICES',
} as const;
