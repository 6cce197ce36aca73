/** Reads rows of a table out of a prediction request's JSON. */
import * as z from 'zod';
import { HttpError } from '../http/http-error.ts';
import { fieldsOf } from '../http/parse-request.ts';
import { type Table, TableRows } from '../inference/table-rows.ts';
import { formatPath, shorten } from '../schemas/parse.ts';
import { MAX_INSTANCES } from './request-schemas.ts';

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
  const { rows } = fieldsOf(body, ['rows'], form);
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > MAX_INSTANCES) {
    const got = Array.isArray(rows) ? `${rows.length} rows` : shorten(rows);
    throw new HttpError(422, 'rows', `got ${got}, expected 1 to ${MAX_INSTANCES} of ${form}`);
  }
  return new TableRows(
    rows.map((row, index) => {
      const result = rowSchema.safeParse(row, { reportInput: true });
      if (result.success) return result.data;
      const { path, input } = result.error.issues[0]!;
      const field = formatPath(path, `rows[${index}]`);
      const expected = path.length === 0 ? 'an object' : 'text, a number, true, false or null';
      throw new HttpError(422, field, `got ${shorten(input)}, expected ${expected}`);
    }),
  );
}
