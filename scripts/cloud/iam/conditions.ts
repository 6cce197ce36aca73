/** Conditions of policies ("IAM JSON policy elements: Condition operators", AWS IAM User Guide), as far as our templates use them. */
import { matchesArn, matchesPattern } from './patterns.ts';

/** What is known of a request, by condition key in lower case, as these are in any case. */
export type Context = Readonly<Record<string, string>>;

export interface Condition {
  operator: string;
  /** In lower case. */
  key: string;
  /** One of them has to fit. */
  values: string[];
  /** Whether a request without the key fits. */
  ifExists: boolean;
}

const OPERATORS: Readonly<Record<string, (actual: string, expected: string) => boolean>> = {
  StringEquals: (actual, expected) => actual === expected,
  StringLike: (actual, expected) => matchesPattern(expected, actual),
  ArnLike: (actual, expected) => matchesArn(expected, actual),
  Bool: (actual, expected) => actual.toLowerCase() === expected.toLowerCase(),
  NumericLessThan: (actual, expected) => Number(actual) < Number(expected),
};
const IF_EXISTS = 'IfExists';

/** @throws Error for an operator that is not known here */
export function parseConditions(block: unknown, where: string): Condition[] {
  return Object.entries(block as Record<string, Record<string, unknown>>).flatMap(([name, keys]) => {
    const ifExists = name.endsWith(IF_EXISTS);
    const operator = ifExists ? name.slice(0, -IF_EXISTS.length) : name;
    if (!Object.hasOwn(OPERATORS, operator)) {
      const known = Object.keys(OPERATORS).join(', ');
      throw new Error(`${where}: Condition: got ${name}, expected one of ${known}, or one with ${IF_EXISTS}`);
    }
    return Object.entries(keys).map(([key, expected]): Condition => {
      const values = [expected].flat().map(String);
      const variable = values.find((value) => value.includes('${'));
      if (variable !== undefined) throw new Error(`${where}: ${key}: got ${variable}, expected no variables`);
      return { operator, key: key.toLowerCase(), values, ifExists };
    });
  });
}

export function holds({ operator, key, values, ifExists }: Condition, context: Context): boolean {
  const actual = Object.hasOwn(context, key) ? context[key] : undefined;
  if (actual === undefined) return ifExists;
  return values.some((expected) => OPERATORS[operator]!(actual, expected));
}
