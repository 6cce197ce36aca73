/** Limits of Lambda and Step Functions, and what follows from them for a run's length. */
import { along } from './states.ts';

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
  /** Invocations of functions at a time in an account and region. */
  concurrency: 1000,
  /** The same in a new account. */
  newAccountConcurrency: 10,
} as const;

/** What retries may add to a history: infra/retries.ts. */
export const RETRIES = {
  /** Most retries of a state after trouble of a service. */
  most: 5,
  /** Most retries of a state after throttles besides, by whose history keeps them. */
  throttles: {
    /** That of a Distributed Map's item, which is the item's own. */
    child: 400,
    /** That of the execution itself. */
    execution: 140,
  },
  /** Most of a download that has no time for all its files; each attempt brings AT_ONCE.downloads of them at least. */
  downloads: 8,
  /** Events of an attempt that failed: scheduled, started, failed. */
  events: 3,
} as const;

/** Events of all states outside of the loop, each tried the most times, and of the throttles of the last turn. */
export const EVENTS_OUTSIDE_OF_LOOP = 4900;

type Turn = 'turn' | 'round';

/** Events of a turn whose function is tried the most times, but for throttles. */
const eventsOf = (path: Turn): number => along(path).events + RETRIES.events * RETRIES.most;

/** Times that the path fits into an execution's history even when its function is tried the most times each time. */
const fitting = (path: Turn): number =>
  Math.floor((LIMITS.historyEvents - EVENTS_OUTSIDE_OF_LOOP) / eventsOf(path));

/**
 * How many of its execution's turns one takes: more than one when throttles have had its function tried so often again that
 * the history has more events of it than were planned.
 */
export const turnsTaken = (path: Turn, retries: number): number =>
  Math.ceil((along(path).events + RETRIES.events * retries) / eventsOf(path));

/** The same when it is tried the most times. */
export const mostTurnsTaken = (path: Turn): number =>
  turnsTaken(path, RETRIES.most + RETRIES.throttles.execution);

/** Turns of the loop that one execution may have. */
export const TURNS_PER_EXECUTION = fitting('turn');

/**
 * Rounds that one execution may have, however many workers they have: no more than it has time for when workers and
 * reducers take as long as they may.
 */
export const ROUNDS_PER_EXECUTION = Math.min(600, fitting('round'));

/** Workers of a run at most: what they answer has to fit into LIMITS.stateBytes. */
export const MAX_WORKERS = 1000;

/** More metrics of a run than so many are folded into their index. */
export const MAX_UNFOLDED = 5;

/** What is done at a time. */
export const AT_ONCE = {
  /** Files that an invocation downloads; MNIST has four. */
  downloads: 4,
  /** Workers of a data-parallel run, runs of a sweep, parts of a batch: below the concurrency of a new account, which predictions over HTTP need, too. */
  workers: 8,
  sweepRuns: 5,
  batchParts: 5,
  /** Shards on their way while one is worked on. */
  shardsAhead: 3,
  /** Workers' parts that the reducer asks S3 for; more only need more memory. */
  roundParts: 8,
} as const;
