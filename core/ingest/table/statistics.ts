/**
 * What the training set's columns hold, in one pass. Rows are taken in their order in the files, so that the same
 * files give the same bits however they came in pieces; nothing is summed in parallel.
 */
import { DatasetError } from '../../errors.ts';
import { ColumnMoments, type Moments } from '../../math/moments.ts';
import { type DeclaredValue, ValueDictionary } from './declared-value.ts';
import { MAX_CATEGORIES, type TableSchema } from './schema.ts';
import type { TableRow } from './table-row.ts';

/** Of a numeric column, transformed if it is: of the values that are there. */
export interface NumericStatistics extends Moments {
  missing: number;
}

export class TableStatistics {
  rows = 0;
  readonly #row: TableRow;
  readonly #moments: ColumnMoments;
  /** By categorical column: the values that are allowed, or those found so far. */
  readonly #dictionaries: ValueDictionary[];
  readonly #isOpen: boolean[];
  readonly #isStrict: boolean[];

  constructor(row: TableRow, schema: TableSchema) {
    this.#row = row;
    this.#moments = new ColumnMoments(row.numeric.length);
    const { label, decimal } = schema;
    const allowed = row.categorical.map(({ name, categories }) =>
      name === label?.column ? labelValues(label) : categories,
    );
    this.#dictionaries = allowed.map((values) => new ValueDictionary(values, decimal));
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
      if (!Number.isNaN(value)) this.#moments.add(column, value);
    }
    return undefined;
  }

  numeric(column: number): NumericStatistics {
    const { count, ...moments } = this.#moments.of(column);
    return { count, missing: this.rows - count, ...moments };
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
export function labelValues({
  classes,
  classOf,
}: NonNullable<TableSchema['label']>): readonly DeclaredValue[] | undefined {
  return classOf === undefined ? classes : Object.keys(classOf);
}

/** A report on a categorical column's value. */
export function notAllowed(row: TableRow, column: number): string {
  return `column ${JSON.stringify(row.categorical[column]!.name)}: got ${row.shown(column)}, which is none of its categories`;
}
