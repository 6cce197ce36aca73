/** Settings of sizes: processor and memory, and how much is done at a time. */
import {
  ARCHITECTURES,
  type ArchitectureName,
  MB_PER_VCPU,
  TRAIN_MEMORY_MB,
} from '../../functions/contract/functions.ts';
import { AT_ONCE, LIMITS, MAX_WORKERS } from '../../functions/contract/limits.ts';
import type { Given, Setting } from './reader.ts';

export const SIZES = {
  architecture: {
    example: ARCHITECTURES[1],
    meaning: `the functions' processors, ${ARCHITECTURES.join(' or ')}. The bytes are the same on both; \`npm run plan -- --architecture x86_64\` says what a run would cost there`,
    otherwise: `\`${ARCHITECTURES[0]}\``,
  },
  trainMemory: {
    example: `${2 * MB_PER_VCPU}`,
    meaning: `MB of the functions that train, ${TRAIN_MEMORY_MB.least} to ${TRAIN_MEMORY_MB.most}. Each ${MB_PER_VCPU} MB give one vCPU and so one thread`,
    otherwise: `${TRAIN_MEMORY_MB.default}`,
  },
  workersAtOnce: {
    example: '20',
    meaning: `functions that a data-parallel round runs at a time, 1 to ${MAX_WORKERS}. Keep it below the account's concurrency, which predictions need, too ([what fits into 10](#quotas-of-a-new-account))`,
    otherwise: `${AT_ONCE.workers}`,
  },
  sweepRunsAtOnce: {
    example: '10',
    meaning: `runs of a sweep that train at a time, 1 to ${MAX_WORKERS}, each in one function`,
    otherwise: `${AT_ONCE.sweepRuns}`,
  },
  batchPartsAtOnce: {
    example: '20',
    meaning: `parts of a batch that are predicted at a time, 1 to ${MAX_WORKERS}, each in one function`,
    otherwise: `${AT_ONCE.batchParts}`,
  },
} as const satisfies Record<string, Setting>;

export interface SizeSettings {
  /** What the functions run on. */
  architecture: ArchitectureName;
  /** Memory of train-chunk in MB; Lambda gives CPU in proportion. */
  trainMemoryMb: number;
  /** Workers of a data-parallel run that train at a time. */
  workersAtOnce: number;
  /** Runs of a sweep that train at a time. */
  sweepRunsAtOnce: number;
  /** Parts of a batch that are predicted at a time. */
  batchPartsAtOnce: number;
}

export function readSizes(given: Given<keyof typeof SIZES>): SizeSettings {
  // A Distributed Map would take ten thousand, but an account's concurrency is a thousand unless AWS raises it.
  const upTo = (atOnce: number) => ({ least: 1, most: MAX_WORKERS, default: atOnce });
  return {
    architecture: given.word('architecture', ARCHITECTURES),
    trainMemoryMb: given.whole('trainMemory', TRAIN_MEMORY_MB, 'MB'),
    workersAtOnce: given.whole('workersAtOnce', upTo(AT_ONCE.workers), 'workers'),
    sweepRunsAtOnce: given.whole('sweepRunsAtOnce', upTo(AT_ONCE.sweepRuns), 'runs'),
    batchPartsAtOnce: given.whole('batchPartsAtOnce', upTo(AT_ONCE.batchParts), 'parts'),
  };
}

/** What an operator should know whose settings leave a new account no place for predictions while one job runs. */
export function widthNote({
  workersAtOnce,
  sweepRunsAtOnce,
  batchPartsAtOnce,
}: SizeSettings): string | undefined {
  const most = LIMITS.newAccountConcurrency;
  const widths = Object.entries({ workersAtOnce, sweepRunsAtOnce, batchPartsAtOnce });
  const wide = widths.filter(([, atOnce]) => atOnce >= most);
  if (wide.length === 0) return undefined;
  const given = wide.map(([name, atOnce]) => `${name}=${atOnce}`).join(', ');
  return `${given}: a new AWS account runs ${most} functions at a time in all. Until AWS has raised its quota "Concurrent executions" of Lambda, what is above that waits, and predictions are answered with 503 meanwhile.`;
}
