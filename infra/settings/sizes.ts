/** Settings of sizes: memory, and how much is done at a time. */
import { MB_PER_VCPU, TRAIN_MEMORY_MB } from '../../functions/contract/functions.ts';
import { AT_ONCE, MAX_WORKERS } from '../../functions/contract/limits.ts';
import type { Given, Setting } from './reader.ts';

export const SIZES = {
  trainMemory: {
    example: `${2 * MB_PER_VCPU}`,
    meaning: `MB of the functions that train, ${TRAIN_MEMORY_MB.least} to ${TRAIN_MEMORY_MB.most}. Each ${MB_PER_VCPU} MB give one vCPU and so one thread`,
    otherwise: `${TRAIN_MEMORY_MB.default}`,
  },
  workersAtOnce: {
    example: '20',
    meaning: `functions that a data-parallel round runs at a time, 1 to ${MAX_WORKERS}. Keep it below the account's concurrency, which predictions need, too`,
    otherwise: `${AT_ONCE.workers}`,
  },
} as const satisfies Record<string, Setting>;

export interface SizeSettings {
  /** Memory of train-chunk in MB; Lambda gives CPU in proportion. */
  trainMemoryMb: number;
  /** Workers of a data-parallel run that train at a time. */
  workersAtOnce: number;
}

export function readSizes(given: Given<keyof typeof SIZES>): SizeSettings {
  const workers = { least: 1, most: MAX_WORKERS, default: AT_ONCE.workers };
  return {
    trainMemoryMb: given.whole('trainMemory', TRAIN_MEMORY_MB, 'MB'),
    workersAtOnce: given.whole('workersAtOnce', workers, 'workers'),
  };
}
