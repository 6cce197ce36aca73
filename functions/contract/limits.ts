/** Limits of Lambda and Step Functions, and what follows from them for a run's length. */

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
