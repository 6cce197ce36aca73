/** Options as people hand them in: unknown names and values that can't be are refused, named as they were written. */
import { ConfigError } from '../errors.ts';
import { show } from './show.ts';

/** What is wrong with a value is said by what would be right: an expectation, or undefined where the value is fine. */
export type Check = (value: unknown) => string | undefined;
export type Checks<Options> = Readonly<Record<keyof Options & string, Check>>;

/**
 * @param call whose options these are, as people write it
 * @param elsewhere names that another call knows, and which call that is
 * @throws ConfigError naming the option, and its value and what is allowed
 */
export function checkOptions(
  call: string,
  options: unknown,
  checks: Readonly<Record<string, Check>>,
  elsewhere: { names: readonly string[]; call: string },
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigError(`${call}: options: got ${show(options)}, expected an object`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(checks, name)) {
      throw new ConfigError(`${name}: ${unknownName(call, name, Object.keys(checks), elsewhere)}`);
    }
    if (value === undefined) continue;
    const expected = checks[name]!(value);
    if (expected !== undefined) throw new ConfigError(`${name}: got ${show(value)}, expected ${expected}`);
  }
}

function unknownName(
  call: string,
  name: string,
  known: readonly string[],
  elsewhere: { names: readonly string[]; call: string },
): string {
  if (elsewhere.names.includes(name)) return `not an option of ${call}, but of ${elsewhere.call}`;
  const [nearest] = known
    .map((each) => ({ each, slips: distance(name.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, slips }) => slips <= Math.max(2, Math.floor(each.length / 3)))
    .sort((a, b) => a.slips - b.slips);
  return nearest === undefined
    ? `unknown, ${call} knows ${known.join(', ')}`
    : `unknown, did you mean ${nearest.each}?`;
}

/** Letters to insert, delete or replace (V. Levenshtein, 1965). Core imports no package for it. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** `"a", "b" or "c"` */
export function orList(words: readonly string[]): string {
  const quoted = words.map((word) => JSON.stringify(word));
  return [quoted.slice(0, -1).join(', '), quoted.at(-1)].filter(Boolean).join(' or ');
}

export const oneOf =
  (words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string) ? undefined : orList(words);

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER): Check =>
  (value) => {
    if (isWhole(value, least, most)) return undefined;
    return most === Number.MAX_SAFE_INTEGER
      ? `a whole number from ${least}`
      : `a whole number from ${least} to ${most}`;
  };

/** Units of layers, and layers of pictures, which are looked at where they are planned. */
export const layerList =
  (least: number): Check =>
  (value) => {
    const isList = Array.isArray(value) && value.length >= least;
    const isLayer = (layer: unknown) =>
      isWhole(layer, 1, Number.MAX_SAFE_INTEGER) || (typeof layer === 'object' && layer !== null);
    if (isList && value.every(isLayer)) return undefined;
    return `a list of ${least === 0 ? '' : `at least ${least} `}whole numbers from 1, or layers of pictures`;
  };

export const positive: Check = (value) =>
  typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY ? undefined : 'a number above 0';

export const notNegative: Check = (value) =>
  typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY ? undefined : 'a number from 0';

/** Decay rates. */
export const belowOne: Check = (value) =>
  typeof value === 'number' && value >= 0 && value < 1 ? undefined : 'a number from 0, below 1';
