/** Why a state failed, as Retry, Catch and the end of an execution see it. */

export class Failure extends Error {
  override readonly name: string;
  /** undefined where a Fail state names none. */
  readonly error: string | undefined;
  override readonly cause: string | undefined;
  /** Whether it ends the execution whatever Retry and Catch say. */
  readonly isTerminal: boolean;

  constructor(error: string | undefined, cause: string | undefined, isTerminal = false) {
    super(cause ?? error ?? '');
    this.name = error ?? 'Failure';
    this.error = error;
    this.cause = cause;
    this.isTerminal = isTerminal;
  }
}

/** A mistake in what a state says of its data. No Retry or Catch matches it ("Error names", Developer Guide). */
export class Mistake extends Error {
  readonly error: string;

  constructor(message: string, error = 'States.Runtime') {
    super(message);
    this.error = error;
  }
}

/** A task's result of more bytes than may pass between states, as Step Functions tells of it. */
export const dataLimit = (resource: string): Failure =>
  new Failure(
    'States.DataLimitExceeded',
    `The state/task '${resource}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
