/** How rows become inputs and outputs of a network: plain data, which the manifest and the model's version carry. */
import { DatasetError } from '../../errors.ts';
import type { Moments } from '../../math/moments.ts';
import { nameOf } from './declared-value.ts';
import { BadRows, readTable, type TableSource } from './read-table.ts';
import { checkTableSchema, inputColumns, type Scaling, type TableSchema } from './schema.ts';
import type { RowSplit } from './split.ts';
import { type NumericStatistics, TableStatistics } from './statistics.ts';
import { TableRow } from './table-row.ts';

/** The scaled value is (x - offset) / divisor; a divisor of 0 stands for a column that was constant: always 0. */
export interface ColumnScale {
  offset: number;
  divisor: number;
}

export interface NumericEncoding extends ColumnScale {
  name: string;
  type: 'numeric';
  /** Of the training set. */
  statistics: NumericStatistics;
}

/** As many inputs as categories, of which at most one is 1. */
export interface CategoricalEncoding {
  name: string;
  type: 'categorical';
  categories: readonly string[];
}

export type ColumnEncoding = NumericEncoding | CategoricalEncoding;

export interface TableEncoding {
  /** What the user declared, or the catalogue. */
  schema: TableSchema;
  /** Of the network, the columns' one after the other. */
  inputs: number;
  columns: readonly ColumnEncoding[];
  /** Of a classification, in the order of the network's outputs; empty for a regression. */
  classes: readonly string[];
  /** Of a regression, likewise. */
  targets: readonly NumericEncoding[];
}

/** Bound on what a row becomes. */
const MAX_INPUTS = 1_000_000;

/**
 * Goes through the training set once.
 *
 * @param split deals the rows, of which only those for the training are looked at
 * @throws ConfigError for a schema that can't be; DatasetError for bad rows (see {@link readTable}), for no rows, for a
 *   label of fewer than two classes, and for numbers whose variance is beyond float64
 */
export async function gatherEncoding(
  schema: TableSchema,
  sources: Iterable<TableSource>,
  split?: RowSplit,
): Promise<{ encoding: TableEncoding; rows: number; badRows: BadRows }> {
  checkTableSchema(schema);
  const badRows = new BadRows(schema.maxBadRows);
  const row = new TableRow(schema);
  const statistics = new TableStatistics(row, schema);
  const take = () => (split !== undefined && isForTest(row, split, schema) ? undefined : statistics.add());
  for await (const _ of readTable(row, schema, sources, badRows, take));
  if (statistics.rows === 0) throw new DatasetError('training set: no rows, expected at least one');
  return { encoding: describe(schema, row, statistics), rows: statistics.rows, badRows };
}

function isForTest(row: TableRow, split: RowSplit, { label }: TableSchema): boolean {
  const slot = row.categorical.length - 1;
  const value = label === undefined ? NO_CLASS : row.bytes.subarray(row.starts[slot], row.ends[slot]);
  return split.deal(row.file, row.number, value);
}
const NO_CLASS = new Uint8Array(0);

function describe(schema: TableSchema, row: TableRow, statistics: TableStatistics): TableEncoding {
  const { scaling = 'standard', label, target, decimal } = schema;
  const columns = inputColumns(schema).map((column): NumericEncoding | CategoricalEncoding => {
    const { name, type } = column;
    if (type === 'numeric') {
      const slot = row.numeric.findIndex((candidate) => candidate.name === name);
      return numericEncoding(name, scaling, statistics.numeric(slot));
    }
    const slot = row.categorical.findIndex((candidate) => candidate.name === name);
    const declared = column.categories?.map((category) => nameOf(category, decimal));
    return { name, type, categories: declared ?? statistics.categories(slot) };
  });
  const targets = (target?.columns ?? []).map((name) => {
    const slot = row.numeric.findIndex((candidate) => candidate.name === name);
    return numericEncoding(name, target!.scaling ?? 'none', statistics.numeric(slot));
  });
  const classes =
    label === undefined
      ? []
      : (label.classes?.map((name) => nameOf(name, decimal)) ??
        statistics.categories(row.categorical.length - 1));
  if (label !== undefined && classes.length < 2) {
    const only = classes.map((name) => JSON.stringify(name)).join(', ');
    throw new DatasetError(
      `label ${JSON.stringify(label.column)}: got the class ${only}, expected at least two`,
    );
  }
  const inputs = columns.reduce((sum, column) => sum + widthOf(column), 0);
  if (inputs === 0 || inputs > MAX_INPUTS) {
    throw new DatasetError(`the columns become ${inputs} inputs, expected 1 to ${MAX_INPUTS}`);
  }
  return { schema, inputs, columns, classes, targets };
}

function numericEncoding(name: string, scaling: Scaling, statistics: NumericStatistics): NumericEncoding {
  return {
    name,
    type: 'numeric',
    ...scaleOf(`column ${JSON.stringify(name)}`, scaling, statistics),
    statistics,
  };
}

/**
 * What scales a column with such numbers.
 *
 * @param column as errors name it
 * @throws DatasetError for numbers whose variance is beyond float64
 */
export function scaleOf(
  column: string,
  scaling: Scaling,
  { min, max, mean, variance }: Moments,
): ColumnScale {
  const [offset, divisor] =
    scaling === 'none'
      ? [0, 1]
      : scaling === 'minmax'
        ? [min, max - min]
        : // Rounding may leave a constant column with a variance that isn't quite 0.
          [mean, min === max ? 0 : Math.sqrt(variance)];
  if (!Number.isFinite(divisor) || !Number.isFinite(variance)) {
    throw new DatasetError(`${column}: values from ${min} to ${max}, whose variance is beyond float64`);
  }
  return { offset, divisor };
}

export const scaled = ({ offset, divisor }: ColumnScale, value: number): number =>
  divisor === 0 ? 0 : (value - offset) / divisor;

/** Inputs that a column becomes. */
export const widthOf = (column: NumericEncoding | CategoricalEncoding): number =>
  column.type === 'numeric' ? 1 : column.categories.length;
