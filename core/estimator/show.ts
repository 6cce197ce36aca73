/** A caller's value in an error's message: what it is, in a few words. */
import { quote } from '../bytes/quote.ts';

/** Values of an array that are shown. */
const MAX_SHOWN = 8;

export function show(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  if (Array.isArray(value)) return showArray(value);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
  const name = nameOf(value);
  return 'length' in value && name !== 'object' ? `${name} of ${value.length}` : name;
}

function showArray(values: readonly unknown[]): string {
  const shown = values
    .slice(0, MAX_SHOWN)
    .map((value) => (typeof value === 'object' && value !== null ? nameOf(value) : show(value)));
  return `[${shown.join(', ')}${values.length > MAX_SHOWN ? `, … (${values.length})` : ''}]`;
}

/** `an object`, `an array`, `a Float32Array` */
function nameOf(value: object): string {
  if (Array.isArray(value)) return 'an array';
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  if (typeof name !== 'string' || name === '' || name === 'Object') return 'an object';
  return `${/^[AEIOU](?!int)/.test(name) ? 'an' : 'a'} ${name}`;
}
