/** What a request says besides its body: path and query; and how a wrong field is told of. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { z } from 'zod';
import { unknownName } from '../schemas/near-miss.ts';
import { formatPath, shorten } from '../schemas/parse.ts';
import { name, runId } from '../schemas/parts.ts';
import { HttpError } from './http-error.ts';

/** A part of a path. @throws HttpError 404 when nothing can have it */
export function inPath<Schema extends z.ZodType>(
  schema: Schema,
  field: string,
  text: string,
  expected: string,
): z.output<Schema> {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  throw new HttpError(404, field, `got ${JSON.stringify(text.slice(0, 80))}, expected ${expected}`);
}

export const modelInPath = (text: string): string => inPath(name, 'model', text, '1-63 of a-z 0-9 . _ -');

export const runInPath = (text: string): string => inPath(runId, 'id', text, '1-80 of A-Z a-z 0-9 _ -');

/** @throws HttpError 400 for a parameter of the query that is not known, naming the near miss */
export function checkParameters(
  { queryStringParameters }: APIGatewayProxyEventV2,
  known: readonly string[],
): void {
  const other = Object.keys(queryStringParameters ?? {}).find((name) => !known.includes(name));
  if (other !== undefined)
    throw new HttpError(400, other.slice(0, 80), unknownName(other.slice(0, 80), known));
}

/**
 * The fields of a request's JSON.
 *
 * @param form of the whole, for messages
 * @throws HttpError 422 for what is no object, or has a field that is not known
 */
export function fieldsOf(body: unknown, known: readonly string[], form: string): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HttpError(422, 'body', `got ${shorten(body)}, expected ${form}`);
  }
  const other = Object.keys(body).find((field) => !known.includes(field));
  if (other !== undefined) throw new HttpError(422, other.slice(0, 80), `unknown field, expected ${form}`);
  return body as Record<string, unknown>;
}

/** @param root field that the value is @throws HttpError 422 naming the first wrong field, its value and what is allowed */
export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  root: string,
): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const { path, message, input } = result.error.issues[0]!;
  const field = formatPath(path, root);
  const text = message.startsWith('got ') ? message : `got ${shorten(input)}, ${message}`;
  throw new HttpError(422, field, text);
}
