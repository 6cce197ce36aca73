/** What the intrinsic functions do ("Intrinsic functions for JSONPath states", AWS Step Functions Developer Guide). */
import { createHash, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Mistake } from './failure.ts';

interface Intrinsic {
  /** Arguments that it takes at the least and at the most. */
  least: number;
  most: number;
  run(args: readonly unknown[]): unknown;
}

/** Elements of a range at most, and characters that are encoded or hashed. */
const MOST_ELEMENTS = 1000;
const MOST_CHARACTERS = 10_000;
const INT_32 = 2 ** 31;
const ALGORITHMS = ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];

const fn = (count: number, run: Intrinsic['run'], most = count): Intrinsic => ({ least: count, most, run });

export const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Array: fn(0, (args) => [...args], Number.POSITIVE_INFINITY),
  ArrayPartition: fn(2, ([list, size]) => {
    const [items, length] = [array(list), integer(size)];
    if (length < 1) throw new Mistake('the size of the parts must be above 0');
    return Array.from({ length: Math.ceil(items.length / length) }, (_, part) =>
      items.slice(part * length, (part + 1) * length),
    );
  }),
  ArrayContains: fn(2, ([list, wanted]) => array(list).some((item) => isDeepStrictEqual(item, wanted))),
  ArrayRange: fn(3, ([from, to, by]) => range(integer(from), integer(to), integer(by))),
  ArrayGetItem: fn(2, ([list, index]) => {
    const [items, at] = [array(list), integer(index)];
    if (at < 0 || at >= items.length) throw new Mistake(`no item ${at} in a list of ${items.length}`);
    return items[at];
  }),
  ArrayLength: fn(1, ([list]) => array(list).length),
  ArrayUnique: fn(1, ([list]) => {
    const items = array(list);
    return items.filter((item, at) => items.findIndex((other) => isDeepStrictEqual(other, item)) === at);
  }),
  Base64Encode: fn(1, ([text]) => Buffer.from(short(text)).toString('base64')),
  Base64Decode: fn(1, ([text]) => {
    const encoded = short(text);
    if (!/^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/.test(encoded))
      throw new Mistake('the text is not Base64');
    return Buffer.from(encoded, 'base64').toString();
  }),
  Hash: fn(2, ([data, algorithm]) => {
    if (!ALGORITHMS.includes(algorithm as string)) {
      throw new Mistake(`${JSON.stringify(algorithm)} is none of ${ALGORITHMS.join(', ')}`);
    }
    return createHash((algorithm as string).replace('SHA-', 'sha'))
      .update(short(data))
      .digest('hex');
  }),
  JsonMerge: fn(3, ([first, second, isDeep]) => {
    if (isDeep !== false) throw new Mistake('only shallow merging is supported');
    return { ...object(first), ...object(second) };
  }),
  StringToJson: fn(1, ([text]) => {
    const json = string(text);
    if (json === '') return null;
    try {
      return JSON.parse(json) as unknown;
    } catch {
      throw new Mistake('the text is not JSON');
    }
  }),
  JsonToString: fn(1, ([value]) => JSON.stringify(value)),
  // A seed would have to give the numbers that it gives in AWS.
  MathRandom: fn(2, ([from, to]) => {
    const [low, high] = [integer(from), integer(to)];
    if (low >= high) throw new Mistake('the first number must be below the second');
    return low + Math.floor(Math.random() * (high - low));
  }),
  MathAdd: fn(2, ([a, b]) => {
    const sum = integer(a) + integer(b);
    if (sum < -INT_32 || sum >= INT_32) throw new Mistake('the sum has more than 32 bits');
    return sum;
  }),
  StringSplit: fn(2, ([text, separators]) => split(string(text), string(separators))),
  UUID: fn(0, () => randomUUID()),
  Format: fn(1, ([template, ...args]) => format(string(template), args), Number.POSITIVE_INFINITY),
};

/** Counts to the last number, which belongs to it. */
function range(from: number, to: number, by: number): number[] {
  if (by === 0) throw new Mistake('the step must not be 0');
  const length = Math.max(0, Math.floor((to - from) / by) + 1);
  if (length > MOST_ELEMENTS) throw new Mistake(`a range has at most ${MOST_ELEMENTS} elements`);
  return Array.from({ length }, (_, index) => from + index * by);
}

/** Splits at any of the characters; parts that are empty are dropped. */
function split(text: string, separators: string): string[] {
  const parts = [''];
  for (const character of text) {
    if (separators.includes(character)) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.filter((part) => part !== '');
}

/** Puts the arguments where {} stands; a backslash before a brace makes it one of the text. */
function format(template: string, args: readonly unknown[]): string {
  let used = 0;
  const text = template.replace(/\\([{}\\])|\{\}|[{}]/g, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    if (found !== '{}') throw new Mistake('a brace that is no {} needs a backslash');
    return used < args.length ? shown(args[used++]) : found;
  });
  const places = template.replace(/\\[{}\\]/g, '').split('{}').length - 1;
  if (places !== args.length) throw new Mistake(`${places} places are for ${args.length} arguments`);
  return text;
}

/** Step Functions writes an object as Java does; how it writes what is in one, or a list, nobody has recorded. */
function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value);
  if (Array.isArray(value) || entries.some(([, part]) => typeof part === 'object' && part !== null)) {
    throw new Mistake('lists and what is nested are not formatted here');
  }
  return `{${entries.map(([key, part]) => `${key}=${String(part)}`).join(', ')}}`;
}

function array(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new Mistake(`${JSON.stringify(value)} is no list`);
}

function object(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Mistake(`${JSON.stringify(value)} is no object`);
}

function string(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Mistake(`${JSON.stringify(value)} is no string`);
}

function short(value: unknown): string {
  const text = string(value);
  if (text.length <= MOST_CHARACTERS) return text;
  throw new Mistake(`the text has more than ${MOST_CHARACTERS} characters`);
}

/** Fractions are rounded, halves upwards; there is no -0. */
function integer(value: unknown): number {
  if (typeof value === 'number') return Math.round(value) + 0;
  throw new Mistake(`${JSON.stringify(value)} is no number`);
}
