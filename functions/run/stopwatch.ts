/** Times an invocation by phase, for the metrics and the estimated cost. */

import type { StepMetrics } from '../schemas/documents.ts';
import type { Pace } from '../schemas/parts.ts';
import { chargeFor, type Prices, readPrices } from '../schemas/prices.ts';
import type { RequestCounts } from '../store/counted-store.ts';

type Phase = 'load' | 'train' | 'evaluate' | 'save';

export type Uncounted = (promise: Promise<unknown>) => Promise<void>;

export interface Stopwatch {
  /** Runs `work` and adds its time to the phase. */
  time<T>(phase: Phase, work: () => T | Promise<T>): Promise<T>;
  /**
   * Of work that goes on beside other phases: its time is no part of the phase's sum, but may be the longest.
   *
   * @param work given what waits for a promise without its time being counted
   */
  timeBeside<T>(phase: Phase, work: (uncounted: Uncounted) => Promise<T>): Promise<T>;
  /**
   * The invocation up to now.
   *
   * @param imagesTrained so far, for the throughput
   * @param dollarsBefore what the run had cost before this invocation
   */
  read(imagesTrained: number, dollarsBefore?: number): StepMetrics['timing'];
  /** Longest times so far. @param stepMs the longest step, where the invocation trains */
  pace(stepMs?: number): Pace;
  /** Milliseconds since the invocation began. */
  elapsedMs(): number;
  /** What this invocation will have cost if it goes on for so many milliseconds, with its requests and transitions. */
  dollars(moreMs?: number): number;
  /** The part of it that is not time. */
  overhead(): number;
  readonly prices: Prices;
  /** The function's memory. */
  readonly memoryMb: number;
}

export interface StopwatchOptions {
  now?: () => number;
  prices?: Prices;
  /** Requests to S3 as they are counted. */
  requests?: Readonly<RequestCounts>;
  /** State transitions that go with the invocation. */
  transitions?: number;
}

/** Starts at the handler's begin, so INIT time is not in it. @param memoryMb the function's, which sets its price */
export function startStopwatch(memoryMb: number, options: StopwatchOptions = {}): Stopwatch {
  const { now = () => performance.now(), prices = readPrices(), requests, transitions = 0 } = options;
  const started = now();
  const total: Record<Phase, number> = { load: 0, train: 0, evaluate: 0, save: 0 };
  const longest = { ...total };
  const billedMs = (moreMs = 0) => Math.ceil(now() - started + moreMs);
  const lambda = (ms: number, invocations: number) => chargeFor({ mbMs: ms * memoryMb, invocations }, prices);
  const overhead = () => chargeFor({ ...requests, transitions, invocations: 1 }, prices);
  const dollars = (moreMs = 0) => lambda(billedMs(moreMs), 0) + overhead();
  return {
    prices,
    memoryMb,
    dollars,
    overhead,
    elapsedMs: () => now() - started,
    pace: (stepMs = 0) => ({
      loadMs: total.load,
      stepMs,
      evaluateMs: longest.evaluate,
      saveMs: longest.save,
    }),
    async time(phase, work) {
      const begin = now();
      try {
        return await work();
      } finally {
        const ms = now() - begin;
        total[phase] += ms;
        longest[phase] = Math.max(longest[phase], ms);
      }
    },
    async timeBeside(phase, work) {
      let begin = now();
      try {
        return await work(async (promise) => {
          const from = now();
          await promise;
          begin += now() - from;
        });
      } finally {
        longest[phase] = Math.max(longest[phase], now() - begin);
      }
    },
    read(imagesTrained, dollarsBefore = 0) {
      const ms = billedMs();
      return {
        imagesPerSecond: total.train > 0 ? (imagesTrained / total.train) * 1000 : 0,
        billedMs: ms,
        estimatedDollars: lambda(ms, 1),
        runDollars: dollarsBefore + dollars(),
        loadMs: total.load,
        trainMs: total.train,
        evaluateMs: total.evaluate,
        saveMs: total.save,
        ...(requests === undefined ? {} : { s3Reads: requests.s3Reads, s3Writes: requests.s3Writes }),
      };
    },
  };
}
