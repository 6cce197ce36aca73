/** What rows should give, in whatever form people have it: a class each, or numbers. */

import { DatasetError } from '../errors.ts';
import type { Labels } from '../rows/training-rows.ts';
import { type Inputs, type RowReader, readInputs } from './inputs.ts';
import { show } from './show.ts';

/** A class by its name, its number, or as a truth. */
export type Label = string | number | boolean;

/** One for each row; of a regression with several targets a row of numbers for each. */
export type Outputs<L extends Label | number[] = number> =
  | readonly L[]
  | ([L] extends [number] ? ArrayLike<number> : never)
  | ([L] extends [number[]] ? Inputs : never);

/** More classes than that are something else by mistake. */
const MAX_CLASSES = 10_000;
/** As scikit-learn warns of: numbers that are nearly all different are hardly classes. */
const SUSPICIOUS_CLASSES = 20;

/** @throws DatasetError when y is no list of as many values as there are rows */
export function checkLength(call: string, y: unknown, rows: number, names = { x: 'x', y: 'y' }): void {
  const length = lengthOf(y);
  if (length === undefined) {
    throw new DatasetError(`${call}: ${names.y}: got ${show(y)}, expected a list with a value for each row`);
  }
  if (length === rows) return;
  throw new DatasetError(`${call}: ${names.y} has ${length} values, ${names.x} has ${rows} rows`);
}

/** Values of y, or its rows; undefined where it is no list. */
function lengthOf(y: unknown): number | undefined {
  if (Array.isArray(y) || (ArrayBuffer.isView(y) && 'length' in y)) return y.length as number;
  return undefined;
}

/**
 * The classes of y, sorted: numbers by size, texts by their characters, false before true.
 *
 * @param isSaid whether people said that these are classes; if not, numbers that hardly are classes are refused
 * @throws DatasetError naming what is no class, or for fewer than two of them
 */
export function gatherClasses(name: string, y: ArrayLike<unknown>, isSaid: boolean): Label[] {
  const found = new Set<Label>();
  for (let row = 0; row < y.length; row++) found.add(asLabel(`${name}[${row}]`, y[row], typeof y[0]));
  const [first] = found;
  if (found.size < 2) {
    throw new DatasetError(
      `${name}: got the class ${first === undefined ? 'of no row' : show(first)} alone, expected at least two`,
    );
  }
  const isSuspicious =
    !isSaid && typeof first === 'number' && found.size > SUSPICIOUS_CLASSES && found.size > y.length / 2;
  if (isSuspicious) {
    throw new DatasetError(
      `${name}: ${found.size} different numbers in ${y.length} rows: for numbers to predict say task: 'regression', ` +
        `for as many classes task: 'classification'`,
    );
  }
  if (found.size > MAX_CLASSES) {
    throw new DatasetError(`${name}: ${found.size} classes, expected at most ${MAX_CLASSES}`);
  }
  return [...found].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** @param type of the first one, which all have */
function asLabel(name: string, value: unknown, type: string): Label {
  if (typeof value === 'object' && value !== null && lengthOf(value) !== undefined) {
    throw new DatasetError(
      `${name}: got ${show(value)}, expected a class: give its number or name instead of a row of zeros and a one, ` +
        `and for several numbers to predict say task: 'regression'`,
    );
  }
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    const hint = Number.isFinite(value) ? `: for numbers to predict say task: 'regression'` : '';
    throw new DatasetError(`${name}: got ${show(value)}, expected a whole number, its class${hint}`);
  }
  const isLabel = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  if (!isLabel) {
    throw new DatasetError(
      `${name}: got ${show(value)}, expected a class: a string, whole number or boolean`,
    );
  }
  if (typeof value !== type) {
    throw new DatasetError(`${name}: got ${show(value)}, expected a ${type} as the first one is`);
  }
  return value;
}

/** The number of each row's class. @throws DatasetError naming the row whose class the model doesn't have */
export function encodeLabels(
  name: string,
  classes: readonly Label[],
  y: ArrayLike<unknown>,
  rows: ArrayLike<number>,
): Labels {
  const numbers = new Map<unknown, number>(classes.map((label, index) => [label, index]));
  const ArrayType = classes.length <= 256 ? Uint8Array : Uint16Array;
  const labels = new ArrayType(rows.length);
  for (let n = 0; n < rows.length; n++) {
    const number = numbers.get(y[rows[n]!]);
    if (number === undefined) {
      const expected = `one of the model's classes, ${show(classes)}`;
      throw new DatasetError(`${name}[${rows[n]}]: got ${show(y[rows[n]!])}, expected ${expected}`);
    }
    labels[n] = number;
  }
  return labels;
}

/** Numbers to predict: a number a row, or rows of numbers. @throws DatasetError naming what is no number */
export function readTargets(name: string, y: unknown): { reader: RowReader; areRows: boolean } {
  const isFlat = ArrayBuffer.isView(y) || (Array.isArray(y) && typeof y[0] !== 'object');
  if (!isFlat) return { reader: readInputs(name, y), areRows: true };
  return { reader: new NumberList(name, y as unknown as ArrayLike<unknown>), areRows: false };
}

class NumberList implements RowReader {
  readonly rows: number;
  readonly columns = 1;
  readonly kind = 'numbers';
  readonly #y: ArrayLike<number>;

  constructor(name: string, y: ArrayLike<unknown>) {
    for (let row = 0; row < y.length; row++) {
      if (Number.isFinite(y[row])) continue;
      throw new DatasetError(`${name}[${row}]: got ${show(y[row])}, expected a finite number`);
    }
    this.rows = y.length;
    this.#y = y as ArrayLike<number>;
  }

  read(row: number, out: Float64Array): void {
    out[0] = this.#y[row]!;
  }
}
