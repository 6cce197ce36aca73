/** Headers of an answer that the request asks for: a presigned link can so name the file that a browser saves. */
import { accessKeyIdOf } from '../authentication.ts';
import { invalidArgument, invalidRequest } from '../errors.ts';
import type { S3Request } from '../request.ts';

/** By query parameter ("GetObject", Amazon S3 API Reference). */
const HEADERS: Readonly<Record<string, string>> = {
  'response-cache-control': 'cache-control',
  'response-content-disposition': 'content-disposition',
  'response-content-encoding': 'content-encoding',
  'response-content-language': 'content-language',
  'response-content-type': 'content-type',
  'response-expires': 'expires',
};

export const OVERRIDES = Object.keys(HEADERS);

/** @throws S3Error InvalidRequest in a request without a signature, InvalidArgument for what no header can hold */
export function overrides(request: S3Request): Record<string, string> {
  const asked = OVERRIDES.filter((name) => request.query.has(name));
  if (asked.length > 0 && accessKeyIdOf(request) === undefined) {
    throw invalidRequest('Request specific response headers cannot be used for anonymous GET requests.');
  }
  return Object.fromEntries(
    asked.map((name) => {
      const value = request.query.get(name)!;
      if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
        throw invalidArgument(name, value, 'Header value cannot be represented using ISO-8859-1.');
      }
      return [HEADERS[name]!, value];
    }),
  );
}
