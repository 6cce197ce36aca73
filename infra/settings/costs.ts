/** Settings of what is paid. */
import { PRICE_NAMES, type PriceName } from '../../functions/contract/prices.ts';
import type { BudgetSettings } from '../budget.ts';
import type { Given, Setting } from './reader.ts';

export const COSTS = {
  prices: {
    example: `'{"s3Read":0}'`,
    meaning: 'US dollars that replace those of the price list, by name ([cost.md](cost.md))',
    otherwise: 'list prices',
  },
  budget: {
    example: '5',
    meaning:
      'US dollars of a monthly AWS Budget over what carries the tag `application`. Activate that tag for cost allocation in your account',
    otherwise: 'no budget',
  },
  budgetEmail: {
    example: 'you@example.org',
    meaning: 'whom the budget writes to; with `budget`',
    otherwise: '–',
  },
} as const satisfies Record<string, Setting>;

type Prices = Partial<Record<PriceName, number>>;

export interface CostSettings {
  /** US dollars that replace those of functions/contract/prices.ts, by name. */
  prices: Prices | undefined;
  budget: BudgetSettings | undefined;
}

type CostGiven = Given<keyof typeof COSTS>;

export const readCosts = (given: CostGiven): CostSettings => ({
  prices: readPrices(given),
  budget: readBudget(given),
});

function readPrices(given: CostGiven): Prices | undefined {
  const text = given.text('prices');
  if (text === undefined) return undefined;
  const allowed = `JSON with dollars of 0 or more for some of ${PRICE_NAMES.join(', ')}`;
  let prices: unknown;
  try {
    prices = JSON.parse(text);
  } catch {
    return given.refuse('prices', allowed);
  }
  if (typeof prices !== 'object' || prices === null || Array.isArray(prices)) {
    return given.refuse('prices', allowed);
  }
  for (const [key, value] of Object.entries(prices)) {
    const isKnown = PRICE_NAMES.some((price) => price === key);
    if (!isKnown || typeof value !== 'number' || value < 0) given.refuse('prices', allowed);
  }
  return prices;
}

function readBudget(given: CostGiven): BudgetSettings | undefined {
  const [text, email] = [given.text('budget'), given.text('budgetEmail')];
  if (text === undefined) {
    return email === undefined ? undefined : given.refuse('budgetEmail', 'nothing without budget');
  }
  const dollars = Number(text);
  if (!(dollars > 0 && dollars < 1e9)) given.refuse('budget', 'US dollars a month, above 0');
  if (email === undefined || !/^[^@\s]+@[^@\s]+$/.test(email)) {
    return given.refuse('budgetEmail', 'an e-mail address, with budget');
  }
  return { dollars, email };
}
