/** What requests to Step Functions may say, with the errors of its API reference where they say something else. */
import { LIMITS } from '../../../functions/contract/limits.ts';

/** An error of the API, named as in its reference. */
export class ServiceError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

export type Request = Record<string, unknown>;

/** Of a page, and what a request gets that names none or 0. */
const MAX_RESULTS = 1000;
const DEFAULT_RESULTS = 100;
/** What an execution's name may not hold ("StartExecution" in the API reference): surrogates and non-characters, too. */
const NOT_IN_NAMES = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\uD800-\uDFFF\uFFFE\uFFFF]/u;
const MAX_NAME = 80;
const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'];
/** A Map's label and an id follow the names of its runs, children and their state machine. */
const ARNS = {
  stateMachine: /^arn:[\w-]+:states:[\w-]+:\d{12}:stateMachine:[^\s:]+$/,
  execution: /^arn:[\w-]+:states:[\w-]+:\d{12}:execution:[^\s:]+:[^\s:]+$/,
  mapRun: /^arn:[\w-]+:states:[\w-]+:\d{12}:mapRun:[^\s:/]+\/[^\s:/]+:[^\s:]+$/,
};

/** @throws ServiceError InvalidArn */
export function arnOf(kind: keyof typeof ARNS, value: unknown): string {
  if (typeof value === 'string' && ARNS[kind].test(value)) return value;
  throw new ServiceError('InvalidArn', `Invalid Arn: '${String(value)}' is no ARN of kind ${kind}`);
}

/** @throws ServiceError InvalidName */
export function executionName(value: unknown = crypto.randomUUID()): string {
  const name = String(value);
  // Characters of two units hold surrogates.
  const units = [...Array(name.length).keys()].map((at) => name[at]!);
  if (name.length >= 1 && name.length <= MAX_NAME && !units.some((unit) => NOT_IN_NAMES.test(unit)))
    return name;
  throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
}

/** @throws ServiceError when it is too large or no JSON */
export function executionInput(value: unknown = '{}'): string {
  const input = String(value);
  const bytes = Buffer.byteLength(input);
  if (bytes > LIMITS.stateBytes) {
    throw new ServiceError(
      'ValidationException',
      `Value at 'input' has ${bytes} bytes, at most ${LIMITS.stateBytes} are allowed`,
    );
  }
  try {
    JSON.parse(input);
  } catch (error) {
    const message = `Invalid State Machine Execution Input: ${(error as Error).message}`;
    throw new ServiceError('InvalidExecutionInput', message);
  }
  return input;
}

/** @throws ServiceError when it is no status */
export function statusFilter(value: unknown): string | undefined {
  if (value === undefined || STATUSES.includes(value as string)) return value as string | undefined;
  throw new ServiceError(
    'ValidationException',
    `Value '${String(value)}' at 'statusFilter': expected one of ${STATUSES.join(', ')}`,
  );
}

/** What is listed, in part read when it is asked for. */
export interface Listing {
  readonly length: number;
  slice(from: number, to: number): unknown[];
}

/**
 * One page of a listing that grows at its end.
 *
 * @param items oldest first; the token is an index among them, so that new ones shift no page, in either direction
 */
export function page(
  key: string,
  items: Listing,
  request: Request,
  newestFirst: boolean,
): Record<string, unknown> {
  const size = Number(request.maxResults ?? 0) || DEFAULT_RESULTS;
  if (!Number.isInteger(size) || size < 0 || size > MAX_RESULTS) {
    throw new ServiceError(
      'ValidationException',
      `Value ${String(request.maxResults)} at 'maxResults': expected 0 to ${MAX_RESULTS}`,
    );
  }
  const from = Number(request.nextToken ?? (newestFirst ? items.length : 0));
  if (!Number.isInteger(from) || from < 0 || from > items.length) {
    throw new ServiceError('InvalidToken', `Invalid Token: '${String(request.nextToken)}'`);
  }
  const to = newestFirst ? Math.max(from - size, 0) : Math.min(from + size, items.length);
  const shown = newestFirst ? items.slice(to, from).reverse() : items.slice(from, to);
  const isLast = to === (newestFirst ? 0 : items.length);
  return { [key]: shown, ...(isLast ? {} : { nextToken: String(to) }) };
}
