/** Ends a run before it costs more, or takes longer, than its config allows. */

import { ConfigError } from '../../core/errors.ts';
import { SIZES } from '../contract/functions.ts';
import { mostTurnsTaken } from '../contract/limits.ts';
import { along, type PathName, SAVE_WRITES } from '../contract/states.ts';
import type { JobConfig } from '../schemas/config.ts';
import type { RunConfig } from '../schemas/documents.ts';
import type { Pace } from '../schemas/parts.ts';
import type { LoopState } from '../schemas/payloads.ts';
import { chargeFor, type Prices, type Usage } from '../schemas/prices.ts';
import type { Stopwatch } from './stopwatch.ts';

/** Promotion of what was trained, generously: its time with a cold start, and a read and a write more for latest.json. */
const PROMOTION_MS = 2000;
const promoting = along('promoting');
const PROMOTION: Partial<Usage> = {
  ...promoting,
  mbMs: SIZES['promote-model'].memoryMb * PROMOTION_MS,
  s3Reads: promoting.s3Reads + 1,
  s3Writes: promoting.s3Writes + 1,
};
/** A checkpoint and its metrics. */
const SAVING: Partial<Usage> = { s3Writes: SAVE_WRITES };

/** Of a dataset at the least: its manifest and a shard of each split. */
const LEAST_OBJECTS = 3;

/** What the states cost of a run whose training takes no time, with one checkpoint. */
export function leastDollars(prices: Prices, ...paths: readonly PathName[]): number {
  const usage = along(...paths);
  return chargeFor(
    { ...usage, s3Reads: usage.s3Reads + LEAST_OBJECTS, s3Writes: usage.s3Writes + SAVE_WRITES },
    prices,
  );
}

/** @throws ConfigError for a cap that any run would overrun, naming the least that would do */
export function checkCaps({ maxDollars, maxSeconds }: JobConfig, prices: Prices): void {
  const least = leastDollars(prices, 'preparing', 'start', 'promoting');
  if (maxDollars !== undefined && maxDollars < least) {
    throw new ConfigError(
      `config.maxDollars: got ${maxDollars}, expected at least ${least.toFixed(6)}, what a run costs before it trains`,
    );
  }
  if (maxSeconds !== undefined && maxSeconds * 1000 <= PROMOTION_MS) {
    throw new ConfigError(
      `config.maxSeconds: got ${maxSeconds}, expected more than ${PROMOTION_MS / 1000}, which are kept for the promotion`,
    );
  }
}

export interface Watched {
  config: RunConfig['config'];
  loop: LoopState;
  stopwatch: Stopwatch;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** What the run had cost before this invocation. */
  dollarsBefore: () => number;
}

/** State transitions of the attempts before this one; a failed attempt's own costs are not known to the next. */
export const retriesDollars = ({ retries, stopwatch }: { retries: number; stopwatch: Stopwatch }): number =>
  chargeFor({ transitions: retries }, stopwatch.prices);

/** What a run would do before it could next be ended. */
export interface Ahead {
  /** Milliseconds of work, and of the last evaluation and saving after it. */
  ms: number;
  /** Objects that are written before that. */
  s3Writes?: number;
  /** Whether another invocation would do it. */
  inNextChunk: boolean;
  /** What a round of workers takes besides. */
  round?: { ms: number; dollars: number };
}

/**
 * @returns the cap that the run would overrun if it did this, was evaluated, saved and promoted; undefined for none
 */
export function capInTheWay(watched: Watched, ahead: Ahead): string | undefined {
  const { config, loop, stopwatch, now, dollarsBefore } = watched;
  const { maxDollars, maxSeconds } = config;
  if (maxDollars !== undefined) {
    const { prices } = stopwatch;
    const ending =
      chargeFor(PROMOTION, prices) +
      chargeFor(SAVING, prices) +
      chargeFor({ s3Writes: ahead.s3Writes ?? 0 }, prices);
    // Apart from its time, the next invocation takes what this one did.
    const nextChunk = (ahead.inNextChunk ? stopwatch.overhead() : 0) + (ahead.round?.dollars ?? 0);
    const turn = ahead.round === undefined ? 'turn' : 'round';
    const mayBeLast = loop.turnsLeft <= mostTurnsTaken(turn) && (ahead.inNextChunk || turn === 'round');
    const execution = mayBeLast ? loop.continueDollars : 0;
    if (dollarsBefore() + stopwatch.dollars(ahead.ms) + nextChunk + execution + ending > maxDollars) {
      return `maxDollars ${maxDollars}`;
    }
  }
  if (maxSeconds !== undefined) {
    const ms = now() - Date.parse(loop.startedAt) + ahead.ms + (ahead.round?.ms ?? 0) + PROMOTION_MS;
    if (ms > maxSeconds * 1000) return `maxSeconds ${maxSeconds}`;
  }
  return undefined;
}

/** How a run's states tell that a cap has ended it. */
export const stoppedBy = (cap: string, step: number, totalSteps: number): string =>
  `stopped at step ${step} of ${totalSteps}: ${cap} reached`;

/** Whether it was a cap that ended a run, by what its states tell of its end. */
export const isByCap = (stopped: string): boolean => /: max(Dollars|Seconds) \S+ reached/.test(stopped);

/** The longer of each. */
export function slowest(a: Pace, b: Pace): Pace {
  return {
    loadMs: Math.max(a.loadMs, b.loadMs),
    stepMs: Math.max(a.stepMs, b.stepMs),
    evaluateMs: Math.max(a.evaluateMs, b.evaluateMs),
    saveMs: Math.max(a.saveMs, b.saveMs),
  };
}
