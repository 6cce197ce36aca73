/** Rows of a table as requests have them: column by column, encoded as the training set was. */
import * as z from 'zod';
import type { TableEncoding } from '../../core/ingest/table/encoding.ts';
import { RowEncoder, type RowValue } from '../../core/ingest/table/row-encoder.ts';
import type { SparseRows } from '../../core/rows/sparse-rows.ts';
import { MAX_INSTANCES } from '../predict/request-schemas.ts';
import { formatPath, shorten } from '../schemas/parse.ts';
import { ConfigError } from '../store/errors.ts';
import { HttpError } from './http-error.ts';

export type TableRow = Readonly<Record<string, RowValue>>;

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

  /** @throws HttpError 422 naming row and column */
  encode(rows: readonly TableRow[]): SparseRows {
    const { columns, inputs } = this.encoding;
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
        throw new HttpError(422, `rows[${index}]: ${error.message}`, `rows[${index}]`);
      }
      indices.set(encoder.indices.subarray(0, encoder.entries), entry);
      values.set(encoder.values.subarray(0, encoder.entries), entry);
      entry += encoder.entries;
      pointers[index + 1] = entry;
    });
    return {
      rows: rows.length,
      columns: inputs,
      pointers,
      indices: indices.subarray(0, entry),
      values: values.subarray(0, entry),
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
  readonly #encoded = new WeakMap<Table, SparseRows>();

  constructor(rows: readonly TableRow[]) {
    this.rows = rows;
  }

  get length(): number {
    return this.rows.length;
  }

  /** @throws HttpError 422 naming row and column */
  encodedBy(table: Table): SparseRows {
    const encoded = this.#encoded.get(table) ?? table.encode(this.rows);
    this.#encoded.set(table, encoded);
    return encoded;
  }
}

const value = z.union([z.string().max(100_000), z.number(), z.boolean(), z.null()]);
export const rowSchema = z.record(z.string(), value);
export const rowsRequest = z.strictObject({ rows: z.array(rowSchema).min(1).max(MAX_INSTANCES) });

/**
 * @param body `{"rows": [{column: value, …}, …]}`
 * @throws HttpError 422 naming the field, its value and what is allowed
 */
export function readRows(body: unknown, { encoding }: Table): TableRows {
  const columns = encoding.columns.map(({ name }) => JSON.stringify(name)).join(', ');
  const form = `{"rows": [{…}, …]}, each with the columns ${columns.slice(0, 1000)}`;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refuse('body', `got ${shorten(body)}, expected ${form}`);
  }
  const unknown = Object.keys(body).find((field) => field !== 'rows');
  if (unknown !== undefined) throw refuse(unknown.slice(0, 80), `unknown field, expected ${form}`);
  const { rows } = body as { rows?: unknown };
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > MAX_INSTANCES) {
    const got = Array.isArray(rows) ? `${rows.length} rows` : shorten(rows);
    throw refuse('rows', `got ${got}, expected 1 to ${MAX_INSTANCES} of ${form}`);
  }
  return new TableRows(
    rows.map((row, index) => {
      const result = rowSchema.safeParse(row, { reportInput: true });
      if (result.success) return result.data;
      const { path, input } = result.error.issues[0]!;
      const field = formatPath(path, `rows[${index}]`);
      const expected = path.length === 0 ? 'an object' : 'text, a number, true, false or null';
      throw refuse(field, `got ${shorten(input)}, expected ${expected}`);
    }),
  );
}

const refuse = (field: string, message: string) => new HttpError(422, `${field}: ${message}`, field);
