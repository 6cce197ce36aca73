/** Errors of what is changed as answers of the API. */
import { ConfigError, IntegrityError } from '../../core/errors.ts';
import { ExecutionsUnavailableError } from '../executions/step-functions.ts';
import { HttpError } from '../http/http-error.ts';
import { RegistryError } from '../models/registry-error.ts';
import { NotFoundError } from '../store/errors.ts';

/** The same error as an answer of the API, where it is the caller's or passes; undefined where it is ours. */
export function asHttpError(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (error instanceof ConfigError) return ofConfig(error);
  if (error instanceof NotFoundError) return new HttpError(404, undefined, error.message);
  if (error instanceof RegistryError || error instanceof IntegrityError) {
    return new HttpError(409, undefined, error.message);
  }
  if (error instanceof ExecutionsUnavailableError) {
    const headers = { 'retry-after': '1' };
    return new HttpError(503, undefined, 'Step Functions is unavailable, try again', headers);
  }
  return undefined;
}

/** The field is the first that is wrong; the message has all of them. */
function ofConfig({ message }: ConfigError): HttpError {
  const [, path, rest] = /^([A-Za-z][\w.[\]]*): ([\s\S]*)$/.exec(message) ?? [];
  if (path === undefined) return new HttpError(422, 'config', message);
  return new HttpError(422, /^config\b/.test(path) ? path : `config.${path}`, rest!);
}
