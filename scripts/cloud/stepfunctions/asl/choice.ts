/** The rules of a Choice state. A value of another type than an operator's matches nothing. */
import { Mistake } from './failure.ts';
import { lookUp, parsePath } from './paths.ts';
import { compareTimestamps, parseTimestamp } from './timestamps.ts';

export type Rule = Record<string, unknown>;
/** What the paths of a rule go into. */
export type Data = (isContext: boolean) => unknown;

const TYPE_TESTS: Record<string, (value: unknown) => boolean> = {
  IsNull: (value) => value === null,
  IsNumeric: (value) => typeof value === 'number',
  IsString: (value) => typeof value === 'string',
  IsBoolean: (value) => typeof value === 'boolean',
  IsTimestamp: (value) => parseTimestamp(value) !== undefined,
};

/** How two values of a type stand to each other; undefined where one is of another type. */
const ORDERS: Record<string, (a: unknown, b: unknown) => number | undefined> = {
  Boolean: (a, b) => (typeof a === 'boolean' && typeof b === 'boolean' ? Number(a) - Number(b) : undefined),
  Numeric: (a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : undefined),
  String: (a, b) => {
    if (typeof a !== 'string' || typeof b !== 'string') return undefined;
    return a < b ? -1 : Number(a > b);
  },
  Timestamp: (a, b) => {
    const [first, second] = [parseTimestamp(a), parseTimestamp(b)];
    return first === undefined || second === undefined ? undefined : compareTimestamps(first, second);
  },
};

const RELATIONS: Record<string, (order: number) => boolean> = {
  Equals: (order) => order === 0,
  LessThan: (order) => order < 0,
  GreaterThan: (order) => order > 0,
  LessThanEquals: (order) => order <= 0,
  GreaterThanEquals: (order) => order >= 0,
};

const COMPARISON = /^(String|Numeric|Timestamp|Boolean)(Equals|(?:Less|Greater)Than(?:Equals)?)(Path)?$/;

/** The operators, each of which a rule may have one of. */
export const isOperator = (field: string): boolean =>
  field in TYPE_TESTS ||
  field === 'IsPresent' ||
  field === 'StringMatches' ||
  (COMPARISON.test(field) && !/^Boolean(Less|Greater)/.test(field));

/** Whether the type of the literal that an operator compares with is right. */
export function takesLiteral(operator: string, value: unknown): boolean {
  if (operator.startsWith('Is')) return typeof value === 'boolean';
  if (operator === 'StringMatches' || operator.endsWith('Path')) return typeof value === 'string';
  const type = COMPARISON.exec(operator)![1]!;
  return ORDERS[type]!(value, value) !== undefined;
}

/** @throws Mistake when a path leads nowhere, except for IsPresent */
export function matches(rule: Rule, data: Data): boolean {
  if (rule.And !== undefined) return (rule.And as Rule[]).every((part) => matches(part, data));
  if (rule.Or !== undefined) return (rule.Or as Rule[]).some((part) => matches(part, data));
  if (rule.Not !== undefined) return !matches(rule.Not as Rule, data);
  const operator = Object.keys(rule).find(isOperator)!;
  const expected = rule[operator];
  const variable = String(rule.Variable);
  if (operator === 'IsPresent') return isPresent(variable, data) === expected;
  const value = read(variable, data);
  const isOfType = TYPE_TESTS[operator];
  if (isOfType !== undefined) return isOfType(value) === expected;
  if (operator === 'StringMatches') return typeof value === 'string' && fits(value, String(expected));
  const [, type, relation, isPath] = COMPARISON.exec(operator)!;
  const order = ORDERS[type!]!(value, isPath === undefined ? expected : read(String(expected), data));
  return order !== undefined && RELATIONS[relation!]!(order);
}

function read(text: string, data: Data): unknown {
  const path = parsePath(text);
  const { value, missing } = lookUp(path, data(path.isContext));
  if (missing === undefined) return value;
  throw new Mistake(`Invalid path '${text}': The choice state's condition path references an invalid value.`);
}

function isPresent(text: string, data: Data): boolean {
  const path = parsePath(text);
  const { value, missing } = lookUp(path, data(path.isContext));
  return missing === undefined && (path.isDefinite || (value as unknown[]).length > 0);
}

/** Whether a text is of a pattern in which `*` stands for any characters, and a backslash takes that meaning away. */
function fits(text: string, pattern: string): boolean {
  const parts: string[] = [];
  let literal = '';
  for (const [part] of pattern.matchAll(/\*|\\?./gs)) {
    if (part === '*') {
      parts.push(literal);
      literal = '';
    } else literal += part.slice(-1);
  }
  parts.push(literal);
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return text === first;
  const last = rest.pop()!;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}
