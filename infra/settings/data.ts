/** Settings of the bucket: what becomes of what is in it, and who has the key to it. */
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
  kmsKey: {
    example: 'arn:aws:kms:eu-west-1:123456789012:key/0f8c…',
    meaning:
      'the ARN of a KMS key of your own, which encrypts the bucket and the logs ([below](#a-kms-key-of-your-own))',
    otherwise: "keys of S3's and CloudWatch's own",
  },
} as const satisfies Record<string, Setting>;

export interface DataSettings {
  /** Delete the bucket with its stack. */
  destroyData: boolean;
  /** Days that they are kept; for good without a number. */
  keepImports: number | undefined;
  keepBatches: number | undefined;
  /** ARN of the operator's key. */
  kmsKey: string | undefined;
}

/** By its id, which no alias is: policies know keys by nothing else. `mrk-` is a key of several regions. */
const KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/(?:mrk-[0-9a-f]{32}|[0-9a-f-]{36})$/;

export function readData(given: Given<keyof typeof DATA>): DataSettings {
  return {
    destroyData: given.word('removal', ['retain', 'destroy']) === 'destroy',
    keepImports: given.whole('keepImports', IMPORTS, 'days'),
    keepBatches: given.whole('keepBatches', BATCHES, 'days'),
    kmsKey: given.matching('kmsKey', KEY_ARN, "a KMS key's ARN with its id, not an alias"),
  };
}
