/** Rows of a table as tensors, one for each column. */
import type { z } from 'zod';
import type { RowValue } from '../../core/ingest/table/row-encoder.ts';
import { type Table, TableRows } from '../inference/table-rows.ts';
import { shorten } from '../schemas/parse.ts';
import { badRequest } from './http-error.ts';
import type { inferenceRequest } from './oip-schemas.ts';
import { MAX_INSTANCES } from './request-schemas.ts';

/** By datatype, what its elements are in JSON; null stands for a missing value of any. */
const ELEMENTS: Readonly<Record<string, 'string' | 'number' | 'boolean'>> = {
  BYTES: 'string',
  BOOL: 'boolean',
  ...Object.fromEntries(['FP16', 'FP32', 'FP64'].map((name) => [name, 'number'])),
  ...Object.fromEntries(
    [8, 16, 32, 64].flatMap((bits) => [
      [`INT${bits}`, 'number'],
      [`UINT${bits}`, 'number'],
    ]),
  ),
};

/**
 * @param request a tensor of shape [N] or [N, 1] for each column
 * @throws HttpError 400 naming the tensor, its value and what is allowed; InputError naming the row and its column
 */
export function readColumns({ inputs }: z.output<typeof inferenceRequest>, table: Table): TableRows {
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
    const type = Object.hasOwn(ELEMENTS, datatype) ? ELEMENTS[datatype]! : undefined;
    if (type === undefined) {
      const expected = Object.keys(ELEMENTS).join(', ');
      throw badRequest(`${field}.datatype`, `got ${shorten(datatype)}, expected one of ${expected}`);
    }
    if (inputs.findIndex((other) => other.name === name) !== index) {
      throw badRequest(`${field}.name`, `got ${shorten(name)} twice, expected each column once`);
    }
    const flat = shape.length > 1 ? data.flat() : data;
    if (flat.length !== size) {
      throw badRequest(`${field}.data`, `got ${flat.length} elements, expected ${size}`);
    }
    flat.forEach((value, row) => {
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
