/** One row of a table as numbers and places of texts: what statistics and encoding have in common. */

import { decodeUtf8 } from '../../bytes/text.ts';
import { log } from '../../math/elementary.ts';
import type { CsvRecord } from './csv.ts';
import { markOf, ValueDictionary } from './declared-value.ts';
import { parseDecimal } from './number.ts';
import { type CategoricalColumn, inputColumns, type NumericColumn, type TableSchema } from './schema.ts';

/** A longer value is no category: they are kept, and thousands of them must not fill the memory. */
const MAX_CATEGORY_BYTES = 1000;
/** Longer values are cut in reports. */
const MAX_SHOWN = 40;
const MAX_SHOWN_HEADER = 1000;

export class TableRow {
  /** Input columns first, then the target's. */
  readonly numeric: readonly NumericColumn[];
  /** Input columns first, then the label's. */
  readonly categorical: readonly CategoricalColumn[];
  /** By numeric column, transformed; NaN where the value is missing. */
  readonly numbers: Float64Array;
  /** What `starts` and `ends` are places in. */
  bytes: Uint8Array = new Uint8Array(0);
  /** By categorical column; the start is behind the end where the value is missing. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;

  /** The file that the row is of, and its number there, the header not counted. */
  file = '';
  number = 0;

  readonly #mark: number;
  readonly #inputs: { numeric: number; categorical: number };
  readonly #missing: ValueDictionary;

  constructor(schema: TableSchema) {
    const inputs = inputColumns(schema);
    const named = (name: string) => schema.columns.find((column) => column.name === name);
    const numeric = inputs.filter((column) => column.type === 'numeric');
    const categorical = inputs.filter((column) => column.type === 'categorical');
    this.#inputs = { numeric: numeric.length, categorical: categorical.length };
    this.numeric = [
      ...numeric,
      ...(schema.target?.columns.map((name) => named(name) as NumericColumn) ?? []),
    ];
    this.categorical =
      schema.label === undefined
        ? categorical
        : [...categorical, named(schema.label.column) as CategoricalColumn];
    this.numbers = new Float64Array(this.numeric.length);
    this.starts = new Uint32Array(this.categorical.length);
    this.ends = new Uint32Array(this.categorical.length);
    this.#missing = new ValueDictionary(schema.missing, schema.decimal);
    this.#mark = markOf(schema.decimal);
  }

  /** Takes a numeric column's value. @returns what is wrong with it */
  readNumber(slot: number, bytes: Uint8Array, start: number, end: number): string | undefined {
    if (this.#missing.size > 0 && this.#missing.find(bytes, start, end) >= 0) {
      if (slot >= this.#inputs.numeric) return 'missing, which a target must not be';
      this.numbers[slot] = Number.NaN;
      return undefined;
    }
    const value = parseDecimal(bytes, start, end, this.#mark);
    if (!Number.isFinite(value)) return `got ${shown(bytes, start, end)}, expected a finite number`;
    if (this.numeric[slot]!.transform === undefined) {
      this.numbers[slot] = value;
      return undefined;
    }
    if (value < 0) return `got ${shown(bytes, start, end)}, expected at least 0 for log(1 + x)`;
    this.numbers[slot] = value === 0 ? 0 : log(1 + value);
    return undefined;
  }

  /** Takes a categorical column's value, a place in `bytes` of the row. @returns what is wrong with it */
  readCategory(slot: number, bytes: Uint8Array, start: number, end: number): string | undefined {
    const isLabel = slot >= this.#inputs.categorical;
    if (
      (isLabel && start === end) ||
      (this.#missing.size > 0 && this.#missing.find(bytes, start, end) >= 0)
    ) {
      if (isLabel) return 'missing, which a label must not be';
      this.starts[slot] = 1;
      this.ends[slot] = 0;
      return undefined;
    }
    if (end - start > MAX_CATEGORY_BYTES) {
      return `got ${shown(bytes, start, end)} of ${end - start} bytes, expected at most ${MAX_CATEGORY_BYTES}`;
    }
    this.starts[slot] = start;
    this.ends[slot] = end;
    return undefined;
  }

  isMissing(slot: number): boolean {
    return this.starts[slot]! > this.ends[slot]!;
  }

  /** A categorical column's value for a report. */
  shown(slot: number): string {
    return shown(this.bytes, this.starts[slot]!, this.ends[slot]!);
  }
}

/** Reads records into a row: which field goes where, by the schema and the header if there is one. */
export class RecordReader {
  readonly row: TableRow;
  readonly #schema: TableSchema;
  /** By field: the column's name, and its slot among the numeric or the categorical ones. */
  #fields: { name: string; kind: 'numeric' | 'categorical' | 'ignore'; slot: number }[] = [];

  /** @param row of the same schema, which the records are read into */
  constructor(schema: TableSchema, row: TableRow) {
    this.row = row;
    this.#schema = schema;
    this.arrange(schema.columns.map(({ name }) => name));
  }

  /** Takes the order of the columns from a header's names. @returns what is wrong with it */
  readHeader(record: CsvRecord): string | undefined {
    if (record.problem !== undefined) return record.problem;
    const { columns } = this.#schema;
    const kept = Math.min(record.count, record.starts.length);
    const names = Array.from({ length: kept }, (_, field) =>
      decodeUtf8(record.bytes.subarray(record.starts[field], record.ends[field])),
    );
    const more = record.count > kept ? `, … (${record.count} columns)` : '';
    const got = `got ${cut(names.join(', '), MAX_SHOWN_HEADER)}${more}`;
    const expected = `${got}, expected the columns ${columns.map(({ name }) => name).join(', ')}, in any order`;
    const absent = columns.find(({ name }) => !names.includes(name));
    if (absent !== undefined) return `no column ${JSON.stringify(absent.name)}, ${expected}`;
    if (record.count !== columns.length) return expected;
    this.arrange(names);
    return undefined;
  }

  /** @returns what is wrong with the record, naming the column, or nothing when `row` has it */
  read(record: CsvRecord): string | undefined {
    const { row } = this;
    const { bytes, starts, ends } = record;
    if (record.problem !== undefined) return record.problem;
    if (record.count !== this.#fields.length) {
      return `${record.count} columns, expected ${this.#fields.length}`;
    }
    row.bytes = bytes;
    for (let index = 0; index < this.#fields.length; index++) {
      const field = this.#fields[index]!;
      if (field.kind === 'ignore') continue;
      const problem =
        field.kind === 'numeric'
          ? row.readNumber(field.slot, bytes, starts[index]!, ends[index]!)
          : row.readCategory(field.slot, bytes, starts[index]!, ends[index]!);
      if (problem !== undefined) return `column ${JSON.stringify(field.name)}: ${problem}`;
    }
    return undefined;
  }

  /** The columns' names in the file's order. */
  get columns(): string[] {
    return this.#fields.map(({ name }) => name);
  }

  /** @param names of all columns, in the file's order */
  arrange(names: readonly string[]): void {
    const { numeric, categorical } = this.row;
    this.#fields = names.map((name) => {
      const number = numeric.findIndex((column) => column.name === name);
      if (number >= 0) return { name, kind: 'numeric', slot: number };
      const category = categorical.findIndex((column) => column.name === name);
      return category >= 0
        ? { name, kind: 'categorical', slot: category }
        : { name, kind: 'ignore', slot: 0 };
    });
  }
}

function shown(bytes: Uint8Array, start: number, end: number): string {
  const text = decodeUtf8(bytes.subarray(start, end));
  return JSON.stringify(cut(text, MAX_SHOWN));
}

const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}…` : text;
