/**
 * What the states of the workflows take: transitions, events of the history, requests to S3. What a run costs, when a cap
 * ends it, what a plan estimates and how many turns fit into an execution all follow from here.
 */

/** What is charged or limited, apart from time. */
export interface Taken {
  transitions: number;
  /** Of Lambda functions. */
  invocations: number;
  s3Reads: number;
  /** PUT and LIST. */
  s3Writes: number;
  /** In the history of the execution that enters the state ("Get execution history", AWS Step Functions Developer Guide). */
  events: number;
}

/** Entered, scheduled, started, succeeded, exited. */
const TASK = { transitions: 1, invocations: 0, s3Reads: 0, s3Writes: 0, events: 5 };
/** A task that invokes a function; of a dataset it reads nothing here. */
const invocation = (s3Reads: number, s3Writes: number): Taken => ({
  ...TASK,
  invocations: 1,
  s3Reads,
  s3Writes,
});
/** Entered and exited. */
const CHOICE_OR_PASS: Taken = { ...TASK, events: 2 };

/** A checkpoint and the metrics that name it. */
export const SAVE_WRITES = 2;

/** Each state that a run passes when nothing fails, for the first time and in a new container. */
export const STATES = {
  ValidateConfig: invocation(0, 0),
  /** Reads the manifest that is there. Where none is, it brings the files, too. */
  ShardDataset: invocation(1, 0),
  /** Looks for each file besides whether it is there. Only where ShardDataset has no time for all that is to be done. */
  DownloadDataset: invocation(0, 0),
  /**
   * Reads the status, the index of metrics, and the head of the index of runs before and after it announces the change;
   * writes config, status, checkpoint 0 and its metrics, announces the change, and lists the metrics and the announced
   * changes. Its training comes on top.
   */
  StartRun: invocation(4, 7),
  TrainingDone: CHOICE_OR_PASS,
  /** Reads config and checkpoint; saves at its end. */
  TrainChunk: invocation(2, SAVE_WRITES),
  /** Entered, started, its Map Run started and succeeded, succeeded, exited; the workers have histories of their own. */
  TrainRound: { ...TASK, events: 6 },
  /** An item of a Distributed Map: the start of its execution is charged like a transition. */
  MapItem: { ...TASK, events: 0 },
  /** Reads config and checkpoint; writes its part. */
  TrainWorker: invocation(2, 1),
  /** Reads the config, and each part besides; writes checkpoint and metrics. */
  ReduceRound: invocation(1, 2),
  /**
   * Reads checkpoint and metrics, twice each the config, the claim on a number, the index of versions and the head of the
   * index of runs, three times each latest.json and the status, whether the next number is free, and whether this version
   * is still there; writes claim, version, latest.json and the status, announces its change, and lists the announced
   * ones. Now and then it folds versions or runs into their index besides.
   */
  PromoteModel: invocation(18, 6),
  /**
   * PromoteModel in a run of a sweep: reads config, checkpoint, metrics and status, and twice the head of the index of
   * runs; writes the status, announces its change, and lists the announced ones.
   */
  EndSweepRun: invocation(6, 3),
  ContinueRun: TASK,
  RunContinues: CHOICE_OR_PASS,
} as const satisfies Record<string, Taken>;
export type StateName = keyof typeof STATES;

/** States that follow each other. */
export const PATHS = {
  /** Before the run. */
  preparing: ['ValidateConfig', 'ShardDataset'],
  /** To the first turn, which a run needs that StartRun does not train to its end. */
  start: ['StartRun', 'TrainingDone'],
  turn: ['TrainChunk', 'TrainingDone'],
  /** A turn of a data-parallel run. The workers come on top. */
  round: ['TrainRound', 'ReduceRound', 'TrainingDone'],
  worker: ['MapItem', 'TrainWorker'],
  /** From an execution to the one that goes on with its run. */
  continuing: ['ContinueRun', 'RunContinues'],
  promoting: ['PromoteModel'],
  /** In a sweep, where the dataset is prepared once for all runs: before the start, and after the end. */
  sweepRun: ['MapItem'],
  endOfSweepRun: ['EndSweepRun'],
} as const satisfies Record<string, readonly StateName[]>;

export type PathName = keyof typeof PATHS;

/** What the states of the paths take together. */
export function along(...paths: readonly PathName[]): Taken {
  const sum: Taken = { transitions: 0, invocations: 0, s3Reads: 0, s3Writes: 0, events: 0 };
  for (const name of paths.flatMap((path): readonly StateName[] => PATHS[path])) {
    for (const what of Object.keys(sum) as (keyof Taken)[]) sum[what] += STATES[name][what];
  }
  return sum;
}
