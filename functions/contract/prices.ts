/** Prices that a deployment can replace. */

/** Prices that can be replaced, by name; functions/schemas/prices.ts has what they are. */
export const PRICE_NAMES = [
  'lambdaGbSecond',
  'lambdaRequest',
  'stateTransition',
  's3Write',
  's3Read',
] as const;
export type PriceName = (typeof PRICE_NAMES)[number];
