/**
 * Categories, classes and missing values as people declare them. A text is meant as the file has it. A number is every
 * text of the file that says it, such as 1, 1.0 and 1e0, and a truth is `true` or `false` in whatever case: JSON keeps
 * the value and not how it was written.
 */
import { decodeUtf8, encodeUtf8 } from '../../bytes/text.ts';
import { ByteDictionary } from './byte-dictionary.ts';
import { COMMA, POINT, parseDecimal } from './number.ts';

export type DeclaredValue = string | number | boolean;

type Decimal = '.' | ',';

export const markOf = (decimal: Decimal | undefined): number => (decimal === ',' ? COMMA : POINT);

/** The label's name, which is a text that says it, in the file's way: 1000 for 1e3, 0 for -0, 1,5 for 1.5 where decimals stand behind a comma. */
export const nameOf = (label: DeclaredValue, decimal?: Decimal): string =>
  typeof label === 'number' && decimal === ',' ? String(label).replace('.', ',') : String(label);

/** The number or the truth that a text says; undefined for any other text. @param mark what stands before decimals */
export function saidBy(bytes: Uint8Array, start: number, end: number, mark: number): Said | undefined {
  const number = parseDecimal(bytes, start, end, mark);
  if (!Number.isNaN(number)) return number;
  const length = end - start;
  if (length !== 4 && length !== 5) return undefined;
  const word = decodeUtf8(bytes.subarray(start, end)).toLowerCase();
  return word === 'true' || word === 'false' ? word === 'true' : undefined;
}

export type Said = number | boolean;

/** A whole number beyond these has neighbours that JSON reads as the same one: its digits may not be those that were written. */
export const keepsItsDigits = (value: Said): boolean =>
  typeof value === 'boolean' ||
  (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)));

/** Numbers the texts of a column by their labels. */
export class ValueDictionary extends ByteDictionary {
  readonly #said = new Map<Said, number>();
  readonly #mark: number;

  /** @param labels each of which is another one; -0 is 0 */
  constructor(labels: Iterable<DeclaredValue> = [], decimal?: Decimal) {
    super();
    this.#mark = markOf(decimal);
    for (const label of labels) {
      const number = this.add(encodeUtf8(nameOf(label, decimal)));
      if (typeof label !== 'string') this.#said.set(label, number);
    }
  }

  override find(bytes: Uint8Array, start = 0, end = bytes.length): number {
    const found = super.find(bytes, start, end);
    if (found >= 0 || this.#said.size === 0) return found;
    const said = saidBy(bytes, start, end, this.#mark);
    return said === undefined ? -1 : (this.#said.get(said) ?? -1);
  }
}
