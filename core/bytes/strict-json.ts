/** JSON into Maps and arrays, refusing what JSON.parse lets pass: a repeated key, and `__proto__` as a field. */
import { quote } from './quote.ts';

/** Objects become Maps, so that no key can reach a prototype. Depth is bounded, so that no input can exhaust the stack. */
export type JsonValue = null | boolean | number | string | JsonValue[] | Map<string, JsonValue>;

const MAX_DEPTH = 8;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Of a string, up to what ends or escapes. A repetition of alternatives would use stack for each character. */
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\n\r]*/y;

/** @throws SyntaxError saying what is wrong and at which character */
export function parseStrictJson(text: string): JsonValue {
  let at = 0;

  const fail = (what: string): never => {
    throw new SyntaxError(`${what} at character ${at}`);
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const take = (character: string): boolean => {
    match(SPACE);
    if (text[at] !== character) return false;
    at++;
    return true;
  };
  const string = (): string => {
    if (!take('"')) return fail('expected a string');
    const start = at - 1;
    do match(PLAIN);
    while (match(ESCAPE) !== undefined);
    if (text[at] !== '"') {
      at = start;
      return fail('expected a string');
    }
    at++;
    return JSON.parse(text.slice(start, at)) as string;
  };

  const object = (depth: number): Map<string, JsonValue> => {
    const result = new Map<string, JsonValue>();
    if (take('}')) return result;
    do {
      const key = string();
      if (result.has(key)) fail(`repeated key ${quote(key)}`);
      if (!take(':')) fail('expected :');
      result.set(key, value(depth + 1));
    } while (take(','));
    if (!take('}')) fail('expected , or }');
    return result;
  };
  const array = (depth: number): JsonValue[] => {
    const result: JsonValue[] = [];
    if (take(']')) return result;
    do result.push(value(depth + 1));
    while (take(','));
    if (!take(']')) fail('expected , or ]');
    return result;
  };
  const value = (depth: number): JsonValue => {
    if (depth > MAX_DEPTH) fail(`deeper than ${MAX_DEPTH} levels`);
    if (take('{')) return object(depth);
    if (take('[')) return array(depth);
    if (text[at] === '"') return string();
    for (const [word, meaning] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (!text.startsWith(word, at)) continue;
      at += word.length;
      return meaning;
    }
    const number = match(NUMBER);
    return number === undefined ? fail('expected a value') : Number(number);
  };

  const result = value(0);
  match(SPACE);
  if (at !== text.length) fail('unexpected text');
  return result;
}
