/** What AWS charges for what a run uses, in us-east-1; other regions differ by some percent. */

import type { ArchitectureName } from './functions.ts';

interface Price {
  /** US dollars for one. */
  dollars: number;
  /** One what. */
  unit: string;
  /** Date of reading. */
  read: string;
  source: string;
}

const LAMBDA = { read: '2026-11-24', source: 'https://aws.amazon.com/lambda/pricing/' };
const S3 = { read: '2026-11-24', source: 'https://aws.amazon.com/s3/pricing/' };

/** Of Lambda's memory, by the processor that functions run on. */
export const GB_SECOND = {
  arm64: { dollars: 0.0000133334, unit: 'GB-second on arm64', ...LAMBDA },
  x86_64: { dollars: 0.0000166667, unit: 'GB-second on x86_64', ...LAMBDA },
} as const satisfies Record<ArchitectureName, Price>;

/** List prices without free tiers and discounts; a deployment can replace each of them by its name, and does so on x86_64. */
export const PRICE_TABLE = {
  lambdaGbSecond: GB_SECOND.arm64,
  lambdaRequest: { dollars: 0.2 / 1_000_000, unit: 'invocation', ...LAMBDA },
  stateTransition: {
    dollars: 0.025 / 1000,
    unit: 'state transition of a standard workflow, retries included',
    read: '2026-11-24',
    source: 'https://aws.amazon.com/step-functions/pricing/',
  },
  s3Write: { dollars: 0.005 / 1000, unit: 'PUT, COPY, POST or LIST request, S3 Standard', ...S3 },
  s3Read: { dollars: 0.0004 / 1000, unit: 'GET or any other request, S3 Standard', ...S3 },
} as const satisfies Record<string, Price>;
export type PriceName = keyof typeof PRICE_TABLE;
export const PRICE_NAMES = Object.keys(PRICE_TABLE) as PriceName[];
