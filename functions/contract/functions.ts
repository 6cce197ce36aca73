/** The Lambda functions by name. */

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
