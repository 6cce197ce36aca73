/** Reads prices, and charges what was used. */
import * as z from 'zod';
import { ConfigError } from '../../core/errors.ts';
import { ARCHITECTURES, type ArchitectureName } from '../contract/functions.ts';
import { GB_SECOND, PRICE_NAMES, PRICE_TABLE, type PriceName } from '../contract/prices.ts';
import { parsePayload } from './parse.ts';
import { parseJson, RepeatedFieldError } from './parse-json.ts';

export type Prices = Readonly<Record<PriceName, number>>;

const overrides = z.strictObject(
  Object.fromEntries(PRICE_NAMES.map((name) => [name, z.number().min(0).optional()])) as Record<
    PriceName,
    z.ZodOptional<z.ZodNumber>
  >,
);

/**
 * The table's prices, or others where an operator has named them.
 *
 * @param json `{"lambdaGbSecond":0.00001}`; empty or absent for none
 * @param architecture of the functions; where they are deployed on another than the default, `json` says its price
 * @throws ConfigError naming the price, its value and what is allowed
 */
export function readPrices(json = '', architecture: ArchitectureName = ARCHITECTURES[0]): Prices {
  const listed = {
    ...Object.fromEntries(PRICE_NAMES.map((name) => [name, PRICE_TABLE[name].dollars])),
    lambdaGbSecond: GB_SECOND[architecture].dollars,
  };
  if (json === '') return listed as Prices;
  let own: unknown;
  try {
    own = parseJson(json);
  } catch (error) {
    const why = error instanceof RepeatedFieldError ? error.message : 'expected JSON';
    throw new ConfigError(`prices: got ${json}, ${why}`, { cause: error });
  }
  return { ...listed, ...parsePayload(overrides, own, 'prices') } as Prices;
}

/** What is charged for, counted. */
export interface Usage {
  /** Of functions: milliseconds times MB. */
  mbMs: number;
  invocations: number;
  transitions: number;
  s3Writes: number;
  s3Reads: number;
}

/** US dollars. */
export function chargeFor(usage: Partial<Usage>, prices: Prices): number {
  const { mbMs = 0, invocations = 0, transitions = 0, s3Writes = 0, s3Reads = 0 } = usage;
  return (
    (mbMs / 1000 / 1024) * prices.lambdaGbSecond +
    invocations * prices.lambdaRequest +
    transitions * prices.stateTransition +
    s3Writes * prices.s3Write +
    s3Reads * prices.s3Read
  );
}
