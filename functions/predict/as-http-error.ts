/** Errors of what is asked of a model as answers of the API. */
import { HttpError } from '../http/http-error.ts';
import { InputError } from '../inference/input-error.ts';

const STATUS = { unreadable: 400, tooLarge: 413, unfit: 422 } as const;

/** The same error as an answer of the API, where it is the caller's; undefined where it is ours. */
export function asHttpError(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (error instanceof InputError) return new HttpError(STATUS[error.fault], error.field, error.reason);
  return undefined;
}
