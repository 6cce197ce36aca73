/** What the columns of a CSV file mean, as people declare it, and the checks of such a declaration. */
import { encodeUtf8 } from '../../bytes/text.ts';
import { ConfigError } from '../../errors.ts';
import { type DeclaredValue, keepsItsDigits, markOf, nameOf, type Said, saidBy } from './declared-value.ts';

export interface NumericColumn {
  name: string;
  type: 'numeric';
  /** log(1 + x) before everything else, statistics included; then values below 0 are refused. */
  transform?: 'log1p';
}

export interface CategoricalColumn {
  name: string;
  type: 'categorical';
  /** Those that get an input of their own, in this order; without it all of the training set, in the order of their bytes. */
  categories?: readonly DeclaredValue[];
  /** What any other value is: none of the column's inputs is 1 (default), or a bad row. */
  others?: 'zeros' | 'error';
}

export interface IgnoredColumn {
  name: string;
  type: 'ignore';
}

export type ColumnSchema = NumericColumn | CategoricalColumn | IgnoredColumn;

export const SCALINGS = ['standard', 'minmax', 'none'] as const;
/** standard: to mean 0 and variance 1; minmax: to [0, 1]; both of the training set, and 0 for what is constant there. */
export type Scaling = (typeof SCALINGS)[number];

export interface LabelSchema {
  /** A categorical column. */
  column: string;
  /** In the order of the network's outputs; without it all of the training set, in the order of their bytes. */
  classes?: readonly DeclaredValue[];
  /** The class of each value that the column may have; without it values are classes. Needs `classes`. */
  classOf?: Readonly<Record<string, DeclaredValue>>;
}

export interface TargetSchema {
  /** Numeric columns, in the order of the network's outputs. */
  columns: readonly string[];
  /** As for inputs; predictions are scaled back. Default none. */
  scaling?: Scaling;
}

export interface TableSchema {
  /** Whether the first line names the columns; then their order is free. Default false. */
  header?: boolean;
  /** One ASCII character. Default a comma. */
  delimiter?: string;
  /** What stands before decimals: a point (default) or a comma. */
  decimal?: '.' | ',';
  /** All that the file has. */
  columns: readonly ColumnSchema[];
  /** Either label, for classification, or target, for regression. */
  label?: LabelSchema;
  target?: TargetSchema;
  /** Values that stand for none: an input column has its mean then, or no category. A label or target is never missing. */
  missing?: readonly DeclaredValue[];
  /** Bad rows that are left out, per split, before it is an error. Default 0. */
  maxBadRows?: number;
  /** Default standard. */
  scaling?: Scaling;
}

/** Bound on the categories of a column and on classes, so that neither memory nor the network grows without end. */
export const MAX_CATEGORIES = 10_000;
const MAX_COLUMNS = 10_000;

/** @throws ConfigError naming the field, its value and what is allowed */
export function checkTableSchema(schema: TableSchema): void {
  const { columns, label, target, delimiter, decimal, maxBadRows, missing = [] } = schema;
  if (columns.length === 0 || columns.length > MAX_COLUMNS)
    fail('columns', `${columns.length} of them`, `1 to ${MAX_COLUMNS}`);
  checkDistinct(
    'columns',
    columns.map(({ name }) => name),
  );
  if (delimiter !== undefined && !/^[\t -!#-~]$/.test(delimiter))
    fail('delimiter', JSON.stringify(delimiter), 'a tab or one printable ASCII character but "');
  if (decimal === ',' && (delimiter ?? ',') === ',')
    fail('decimal', '","', 'another delimiter than a comma, or decimals behind a point');
  if (maxBadRows !== undefined && !(Number.isSafeInteger(maxBadRows) && maxBadRows >= 0))
    fail('maxBadRows', maxBadRows, 'a whole number from 0');
  if ((label === undefined) === (target === undefined))
    fail('label', `${label === undefined ? 'neither label nor' : 'both label and'} target`, 'one of them');
  for (const column of columns) {
    if (column.type !== 'categorical' || column.categories === undefined) continue;
    checkLabels(`categories of ${JSON.stringify(column.name)}`, column.categories, 1, decimal);
  }
  for (const value of missing) checkDigits('missing', value);
  if (label !== undefined) checkLabel(schema, label);
  if (target !== undefined) checkTarget(schema, target);
  if (inputColumns(schema).length === 0)
    fail('columns', 'none but label, target and ignored ones', 'at least one that is an input');
}

function checkLabel(schema: TableSchema, { column, classes, classOf }: LabelSchema): void {
  const found = columnNamed(schema, 'label.column', column);
  if (found.type !== 'categorical' || found.categories !== undefined)
    fail('label.column', JSON.stringify(column), 'a categorical column without categories of its own');
  if (classes !== undefined) checkLabels('label.classes', classes, 2, schema.decimal);
  if (classOf === undefined) return;
  if (classes === undefined) fail('label.classOf', 'no label.classes', 'both');
  const names = classes!.map((name) => nameOf(name));
  for (const [value, name] of Object.entries(classOf)) {
    if (!names.includes(nameOf(name)))
      fail(`label.classOf[${JSON.stringify(value)}]`, JSON.stringify(name), `one of ${names.join(', ')}`);
  }
}

function checkTarget(schema: TableSchema, { columns }: TargetSchema): void {
  if (columns.length === 0) fail('target.columns', 'none', 'at least one');
  checkDistinct('target.columns', columns);
  for (const name of columns) {
    if (columnNamed(schema, 'target.columns', name).type !== 'numeric')
      fail('target.columns', JSON.stringify(name), 'a numeric column');
  }
}

function columnNamed(schema: TableSchema, field: string, name: string): ColumnSchema {
  const column = schema.columns.find((candidate) => candidate.name === name);
  return column ?? fail(field, JSON.stringify(name), `one of ${someNames(schema.columns)}`);
}

/** In errors: a table may have thousands of columns. */
const MAX_NAMED = 50;

/** Names of columns for people, not too many. */
export function someNames(columns: readonly { name: string }[]): string {
  const names = columns.slice(0, MAX_NAMED).map(({ name }) => name);
  const more = columns.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function checkLabels(
  field: string,
  labels: readonly DeclaredValue[],
  least: number,
  decimal: TableSchema['decimal'],
): void {
  if (labels.length < least || labels.length > MAX_CATEGORIES)
    fail(field, `${labels.length} of them`, `${least} to ${MAX_CATEGORIES}`);
  const said = new Set<Said>();
  for (const label of labels) {
    checkDigits(field, label);
    if (typeof label !== 'string') said.add(label);
  }
  checkDistinct(
    field,
    labels.map((label) => nameOf(label, decimal)),
  );
  for (const label of labels) {
    if (typeof label !== 'string') continue;
    const bytes = encodeUtf8(label);
    const value = saidBy(bytes, 0, bytes.length, markOf(decimal));
    if (value !== undefined && said.has(value))
      fail(
        field,
        `${JSON.stringify(label)} beside ${value}, which is every text that says it`,
        'one of the two',
      );
  }
}

function checkDigits(field: string, label: DeclaredValue): void {
  if (typeof label !== 'string' && !keepsItsDigits(label))
    fail(field, label, 'a text: JSON does not keep all digits of so large a number');
}

function checkDistinct(field: string, names: readonly string[]): void {
  const twice = names.find((name, index) => name === '' || names.indexOf(name) !== index);
  if (twice !== undefined) fail(field, `${JSON.stringify(twice)} twice or empty`, 'names that differ');
}

function fail(field: string, got: unknown, expected: string): never {
  throw new ConfigError(`${field}: got ${got}, expected ${expected}`);
}

/** Columns that become inputs of the network, in the schema's order. */
export function inputColumns({ columns, label, target }: TableSchema): (NumericColumn | CategoricalColumn)[] {
  return columns.filter(
    (column) =>
      column.type !== 'ignore' && column.name !== label?.column && !target?.columns.includes(column.name),
  ) as (NumericColumn | CategoricalColumn)[];
}
