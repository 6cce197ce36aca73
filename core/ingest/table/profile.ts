/** What a column holds, in one pass and in bounded memory, whatever it turns out to be. */
import { decodeUtf8 } from '../../bytes/text.ts';
import { ByteDictionary } from './byte-dictionary.ts';
import { parseDecimal } from './number.ts';
import { MAX_CATEGORIES } from './schema.ts';

/** Texts that stand for no value in tables that people have. */
export const MISSING: readonly string[] = [
  '',
  'NA',
  'N/A',
  'n/a',
  'NaN',
  'nan',
  'NULL',
  'null',
  'None',
  '?',
  '-',
];
const DATE = /^\d{4}-\d\d?-\d\d?([T ].*)?$|^\d{1,2}[./]\d{1,2}[./]\d{2,4}( .*)?$/;
const EXAMPLES = 3;
/** Longer texts are no categories; the first bytes tell them apart well enough. */
const MAX_KEPT_BYTES = 200;

export class ColumnProfile {
  readonly name: string;
  /** Values that are there, and how many of them are numbers, whole ones, and dates. */
  values = 0;
  numbers = 0;
  integers = 0;
  dates = 0;
  /** Whether each number is the one before it and 1. */
  isCounting = true;
  readonly missing = new Map<string, number>();
  /** Distinct values, and whether there are more than are counted. */
  readonly #distinct = new ByteDictionary();
  isOverfull = false;
  readonly examples: string[] = [];
  /** The first value that is no number, and its line. */
  firstText: { text: string; line: number } | undefined;
  readonly #mark: number;
  readonly #missing = new ByteDictionary(MISSING);
  #last = Number.NaN;

  constructor(name: string, mark: number) {
    this.name = name;
    this.#mark = mark;
  }

  get distinct(): number {
    return this.#distinct.size;
  }

  /** In the order of their bytes. */
  texts(): string[] {
    return this.#distinct.sorted();
  }

  isMissing(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#missing.find(bytes, start, end) >= 0;
  }

  add(bytes: Uint8Array, start: number, end: number, line: number): void {
    const marker = this.#missing.find(bytes, start, end);
    if (marker >= 0) {
      const text = MISSING[marker]!;
      this.missing.set(text, (this.missing.get(text) ?? 0) + 1);
      return;
    }
    this.values++;
    const number = parseDecimal(bytes, start, end, this.#mark);
    if (Number.isFinite(number)) {
      this.numbers++;
      if (Number.isInteger(number)) this.integers++;
      if (this.numbers > 1 && number !== this.#last + 1) this.isCounting = false;
      this.#last = number;
    } else {
      const text = decodeUtf8(bytes.subarray(start, Math.min(end, start + MAX_KEPT_BYTES)));
      this.firstText ??= { text, line };
      if (DATE.test(text)) this.dates++;
    }
    if (this.isOverfull) return;
    const before = this.#distinct.size;
    this.#distinct.add(bytes, start, Math.min(end, start + MAX_KEPT_BYTES));
    if (this.#distinct.size === before) return;
    if (before < EXAMPLES)
      this.examples.push(decodeUtf8(bytes.subarray(start, Math.min(end, start + MAX_KEPT_BYTES))));
    this.isOverfull = this.#distinct.size > MAX_CATEGORIES;
  }
}
