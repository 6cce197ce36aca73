/** Errors as answers of the API. */

/** An error that the caller caused or can wait out; becomes `{"error": …, "field"?: …}` with its status. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  /** What of the request is wrong; its message begins with it. */
  readonly field: string | undefined;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    field: string | undefined,
    message: string,
    headers: Record<string, string> = {},
  ) {
    super(field === undefined ? message : `${field}: ${message}`);
    this.status = status;
    this.field = field;
    this.headers = headers;
  }
}

/** Of what is wrong with a tensor; without a field, with the request. */
export const badRequest = (field: string | undefined, message: string) => new HttpError(400, field, message);
