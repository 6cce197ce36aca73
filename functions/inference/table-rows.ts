/** Rows of a table, encoded as the training set was. */

import { ConfigError } from '../../core/errors.ts';
import type { TableEncoding } from '../../core/ingest/table/encoding.ts';
import { RowEncoder, type RowValue } from '../../core/ingest/table/row-encoder.ts';
import type { SparseRows } from '../../core/rows/sparse-rows.ts';
import { InputError } from './input-error.ts';

export type TableRow = Readonly<Record<string, RowValue>>;

/** Rows as a network takes them, and what of them it can't see: by row, values that the training set did not have. */
export interface EncodedRows {
  inputs: SparseRows;
  unknown: readonly (TableRow | undefined)[];
}

/** A dataset's encoding, ready to be used. */
export class Table {
  readonly encoding: TableEncoding;
  readonly #encoder: RowEncoder;
  /** [inputs], overwritten by each row. */
  readonly #input: Float32Array;

  constructor(encoding: TableEncoding) {
    this.encoding = encoding;
    this.#encoder = new RowEncoder(encoding);
    this.#input = new Float32Array(encoding.inputs);
  }

  /** @throws InputError naming row and column */
  encode(rows: readonly TableRow[]): EncodedRows {
    const { columns, inputs } = this.encoding;
    const unknown: (TableRow | undefined)[] = [];
    const pointers = new Uint32Array(rows.length + 1);
    const indices = new Uint32Array(rows.length * columns.length);
    const values = new Float32Array(indices.length);
    let entry = 0;
    rows.forEach((row, index) => {
      const encoder = this.#encoder;
      try {
        encoder.encodeValues(row, this.#input);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        throw new InputError('unfit', `rows[${index}]`, error.message);
      }
      unknown.push(pick(row, encoder.unknown));
      indices.set(encoder.indices.subarray(0, encoder.entries), entry);
      values.set(encoder.values.subarray(0, encoder.entries), entry);
      entry += encoder.entries;
      pointers[index + 1] = entry;
    });
    return {
      inputs: {
        rows: rows.length,
        columns: inputs,
        pointers,
        indices: indices.subarray(0, entry),
        values: values.subarray(0, entry),
      },
      unknown,
    };
  }

  /** Targets by name, in their own units. @param outputs of the network for one row */
  values(outputs: ArrayLike<number>): Record<string, number> {
    const values = this.#encoder.decodeTargets(outputs);
    return Object.fromEntries(this.encoding.targets.map(({ name }, index) => [name, values[index]!]));
  }
}

/** Rows that any model of a table can be asked about; each encodes them in its own way, once. */
export class TableRows {
  readonly rows: readonly TableRow[];
  readonly #encoded = new WeakMap<Table, EncodedRows>();

  constructor(rows: readonly TableRow[]) {
    this.rows = rows;
  }

  get length(): number {
    return this.rows.length;
  }

  /** @throws InputError naming row and column */
  encodedBy(table: Table): EncodedRows {
    const encoded = this.#encoded.get(table) ?? table.encode(this.rows);
    this.#encoded.set(table, encoded);
    return encoded;
  }
}

const pick = (row: TableRow, names: readonly string[]): TableRow | undefined =>
  names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, row[name]!]));
