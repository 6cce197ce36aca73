/**
 * What the training set's columns hold, in one pass. Rows are taken in their order in the files, so that the same
 * files give the same bits however they came in pieces; nothing is summed in parallel.
 */
import { DatasetError } from '../../errors.ts';
import { ByteDictionary } from './byte-dictionary.ts';
import { MAX_CATEGORIES, type TableSchema } from './schema.ts';
import type { TableRow } from './table-row.ts';

/** Of a numeric column, transformed if it is; all but the counts are 0 when every value is missing. */
export interface NumericStatistics {
  /** Values that are there, and that are missing. */
  count: number;
  missing: number;
  min: number;
  max: number;
  mean: number;
  /** Mean square distance from the mean, of the population. */
  variance: number;
}

export class TableStatistics {
  rows = 0;
  readonly #row: TableRow;
  readonly #minima: Float64Array;
  readonly #maxima: Float64Array;
  readonly #means: Float64Array;
  /** Sums of squared distances from the mean. */
  readonly #squares: Float64Array;
  readonly #counts: Float64Array;
  /** By categorical column: the values that are allowed, or those found so far. */
  readonly #dictionaries: ByteDictionary[];
  readonly #isOpen: boolean[];
  readonly #isStrict: boolean[];

  constructor(row: TableRow, schema: TableSchema) {
    const columns = row.numeric.length;
    this.#row = row;
    this.#minima = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
    this.#maxima = new Float64Array(columns).fill(Number.NEGATIVE_INFINITY);
    this.#means = new Float64Array(columns);
    this.#squares = new Float64Array(columns);
    this.#counts = new Float64Array(columns);
    const { label } = schema;
    const allowed = row.categorical.map(({ name, categories }) =>
      name === label?.column ? labelValues(label) : categories,
    );
    this.#dictionaries = allowed.map((values) => new ByteDictionary(values));
    this.#isOpen = allowed.map((values) => values === undefined);
    this.#isStrict = row.categorical.map(({ name, others }) => name === label?.column || others === 'error');
  }

  /**
   * Takes the row, or nothing of it when something is wrong.
   *
   * @returns what is wrong
   * @throws DatasetError when a column has more categories than are possible
   */
  add(): string | undefined {
    const problem = this.#takeCategories();
    if (problem !== undefined) return problem;
    this.rows++;
    const { numbers } = this.#row;
    for (let column = 0; column < numbers.length; column++) {
      const value = numbers[column]!;
      if (Number.isNaN(value)) continue;
      if (value < this.#minima[column]!) this.#minima[column] = value;
      if (value > this.#maxima[column]!) this.#maxima[column] = value;
      // B. P. Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products", 1962.
      const count = this.#counts[column]! + 1;
      const distance = value - this.#means[column]!;
      const mean = this.#means[column]! + distance / count;
      this.#counts[column] = count;
      this.#means[column] = mean;
      this.#squares[column]! += distance * (value - mean);
    }
    return undefined;
  }

  numeric(column: number): NumericStatistics {
    const count = this.#counts[column]!;
    const missing = this.rows - count;
    if (count === 0) return { count, missing, min: 0, max: 0, mean: 0, variance: 0 };
    return {
      count,
      missing,
      min: this.#minima[column]!,
      max: this.#maxima[column]!,
      mean: this.#means[column]!,
      variance: this.#squares[column]! / count,
    };
  }

  /** Values found in a categorical column that declares none, in the order of their bytes. */
  categories(column: number): string[] {
    return this.#dictionaries[column]!.sorted();
  }

  #takeCategories(): string | undefined {
    const row = this.#row;
    for (let column = 0; column < this.#dictionaries.length; column++) {
      if (this.#isOpen[column]! || !this.#isStrict[column]! || row.isMissing(column)) continue;
      if (this.#dictionaries[column]!.find(row.bytes, row.starts[column], row.ends[column]) < 0) {
        return notAllowed(row, column);
      }
    }
    for (let column = 0; column < this.#dictionaries.length; column++) {
      if (!this.#isOpen[column]! || row.isMissing(column)) continue;
      const dictionary = this.#dictionaries[column]!;
      dictionary.add(row.bytes, row.starts[column], row.ends[column]);
      if (dictionary.size <= MAX_CATEGORIES) continue;
      const name = JSON.stringify(row.categorical[column]!.name);
      throw new DatasetError(
        `column ${name}: more than ${MAX_CATEGORIES} categories; declare those that matter, or ignore the column`,
      );
    }
    return undefined;
  }
}

/** Values that a label may have; undefined when any may be. */
export function labelValues({ classes, classOf }: NonNullable<TableSchema['label']>) {
  return classOf === undefined ? classes : Object.keys(classOf);
}

/** A report on a categorical column's value. */
export function notAllowed(row: TableRow, column: number): string {
  return `column ${JSON.stringify(row.categorical[column]!.name)}: got ${row.shown(column)}, which is none of its categories`;
}
