/** Times an invocation by phase, for the metrics and the estimated cost. */
import { estimateDollars } from './prices.ts';
import type { StepMetrics } from './schemas.ts';

type Phase = 'load' | 'train' | 'evaluate' | 'save';

export interface Stopwatch {
  /** Runs `work` and adds its time to the phase. */
  time<T>(phase: Phase, work: () => T | Promise<T>): Promise<T>;
  /** The invocation up to now; throughput from the images trained so far. */
  read(imagesTrained: number): StepMetrics['timing'];
}

/** Starts at the handler's begin, so INIT time is not in it. @param memoryMb the function's, which sets its price */
export function startStopwatch(memoryMb: number, now: () => number = () => performance.now()): Stopwatch {
  const started = now();
  const spent: Record<Phase, number> = { load: 0, train: 0, evaluate: 0, save: 0 };
  return {
    async time(phase, work) {
      const begin = now();
      try {
        return await work();
      } finally {
        spent[phase] += now() - begin;
      }
    },
    read(imagesTrained) {
      const billedMs = Math.ceil(now() - started);
      return {
        imagesPerSecond: spent.train > 0 ? (imagesTrained / spent.train) * 1000 : 0,
        billedMs,
        estimatedDollars: estimateDollars(billedMs, memoryMb),
        loadMs: spent.load,
        trainMs: spent.train,
        evaluateMs: spent.evaluate,
        saveMs: spent.save,
      };
    },
  };
}
