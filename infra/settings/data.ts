/** Settings of the bucket: what becomes of what is in it, and when. */
import type { Given, Setting } from './reader.ts';

/**
 * Days that may be asked for. What an execution reads must not go before it has ended, and imports may take fourteen days,
 * batches one.
 */
const IMPORTS = { least: 15, most: 3650, default: undefined };
const BATCHES = { least: 2, most: 3650, default: undefined };

export const DATA = {
  removal: {
    example: 'destroy',
    meaning: '`destroy` deletes the bucket together with its stack, `retain` keeps it',
    otherwise: '`retain`',
  },
  keepImports: {
    example: '30',
    meaning: `days until uploaded weights (\`imports/\`) are deleted, ${IMPORTS.least} to ${IMPORTS.most}. The versions that they became stay`,
    otherwise: 'they stay',
  },
  keepBatches: {
    example: '90',
    meaning: `days until what was uploaded for a batch, and its predictions (\`batches/\`), are deleted, ${BATCHES.least} to ${BATCHES.most}`,
    otherwise: 'they stay',
  },
} as const satisfies Record<string, Setting>;

export interface DataSettings {
  /** Delete the bucket with its stack. */
  destroyData: boolean;
  /** Days that they are kept; for good without a number. */
  keepImports: number | undefined;
  keepBatches: number | undefined;
}

export function readData(given: Given<keyof typeof DATA>): DataSettings {
  return {
    destroyData: given.word('removal', ['retain', 'destroy']) === 'destroy',
    keepImports: given.whole('keepImports', IMPORTS, 'days'),
    keepBatches: given.whole('keepBatches', BATCHES, 'days'),
  };
}
