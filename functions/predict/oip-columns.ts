/** Rows of a table as tensors, one for each column. */
import type { RowValue } from '../../core/ingest/table/row-encoder.ts';
import { badRequest } from '../http/http-error.ts';
import { type Table, TableRows } from '../inference/table-rows.ts';
import { shorten } from '../schemas/parse.ts';
import { DATATYPES, jsonTypeOf } from './oip-elements.ts';
import type { InferenceRequest } from './oip-schemas.ts';
import { MAX_INSTANCES } from './request-schemas.ts';

/**
 * @param request a tensor of shape [N] or [N, 1] for each column
 * @throws HttpError 400 naming the tensor, its value and what is allowed; InputError naming the row and its column
 */
export function readColumns({ inputs }: InferenceRequest, table: Table): TableRows {
  const size = inputs[0]!.shape[0]!;
  if (size < 1 || size > MAX_INSTANCES) {
    throw badRequest('inputs[0].shape[0]', `got ${size}, expected 1 to ${MAX_INSTANCES}`);
  }
  // Without a prototype, any name is an ordinary one.
  const rows = Array.from({ length: size }, (): Record<string, RowValue> => Object.create(null));
  inputs.forEach(({ name, shape, datatype, data }, index) => {
    const field = `inputs[${index}]`;
    if (shape[0] !== size || shape.slice(1).some((length) => length !== 1) || shape.length > 2) {
      throw badRequest(`${field}.shape`, `got [${shape.join(', ')}], expected [${size}] or [${size}, 1]`);
    }
    const type = jsonTypeOf(datatype);
    if (type === undefined) {
      const expected = DATATYPES.join(', ');
      throw badRequest(`${field}.datatype`, `got ${shorten(datatype)}, expected one of ${expected}`);
    }
    if (inputs.findIndex((other) => other.name === name) !== index) {
      throw badRequest(`${field}.name`, `got ${shorten(name)} twice, expected each column once`);
    }
    const flat = shape.length > 1 ? data.flat() : data;
    if (flat.length !== size) {
      throw badRequest(`${field}.data`, `got ${flat.length} elements, expected ${size}`);
    }
    flat.forEach((element, row) => {
      const value = element instanceof Uint8Array ? textOf(element, `${field}.data[${row}]`) : element;
      // A missing value of any datatype is null.
      const isAllowed = value === null || (typeof value === type && !Number.isNaN(value));
      if (!isAllowed) {
        throw badRequest(`${field}.data[${row}]`, `got ${shorten(value)}, expected a ${type} or null`);
      }
      rows[row]![name] = value as RowValue;
    });
  });
  const result = new TableRows(rows);
  // What is wrong with the rows is no error of the model, and found before it is asked.
  result.encodedBy(table);
  return result;
}

/** Of a binary tensor's element. @throws HttpError 400 when it is no UTF-8 */
function textOf(bytes: Uint8Array, field: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw badRequest(field, 'got bytes that are no UTF-8, expected text');
  }
}
