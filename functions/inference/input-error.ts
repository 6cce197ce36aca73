/** What is to be predicted is not what the model takes. */
export class InputError extends Error {
  override readonly name = 'InputError';
  /** `unfit` can be read, and is something else than the model takes. */
  readonly fault: 'unreadable' | 'tooLarge' | 'unfit';
  /** What of the input is wrong, e.g. `rows[3]`; the message begins with it. */
  readonly field: string;
  /** What it is and what is allowed. */
  readonly reason: string;

  constructor(fault: InputError['fault'], field: string, reason: string) {
    super(`${field}: ${reason}`);
    this.fault = fault;
    this.field = field;
    this.reason = reason;
  }
}
