/** What a failed S3 call means for its caller. */
import { StorageUnavailableError } from './errors.ts';
import { NETWORK_TROUBLE } from './network-trouble.ts';

/** The parts of the SDK's service exceptions and of Node's network errors that decide. */
interface FailedCall extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

const NOT_MODIFIED = 304;
const NOT_FOUND = 404;
const CONFLICT = 409;
const PRECONDITION_FAILED = 412;
const RANGE_NOT_SATISFIABLE = 416;
const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;

const statusOf = (error: unknown) => (error as FailedCall).$metadata?.httpStatusCode;

/** The object is not there. A bucket that isn't is another matter: nothing could ever be written to it. */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === NOT_FOUND && (error as Error).name !== 'NoSuchBucket';
}

export function isUnchanged(error: unknown): boolean {
  return statusOf(error) === NOT_MODIFIED;
}

/** A range that begins behind the object's last byte, as every range of an empty object does. */
export function isBeyondEnd(error: unknown): boolean {
  return statusOf(error) === RANGE_NOT_SATISFIABLE;
}

/**
 * A conditional write lost: its condition does not hold (412), the object or upload that it names is gone (404), or S3
 * saw another write under way and asks to try again (409).
 */
export function isLostRace(error: unknown): boolean {
  const status = statusOf(error);
  return status === PRECONDITION_FAILED || status === CONFLICT || isMissing(error);
}

/**
 * Runs calls to S3.
 *
 * @param what is tried, for the message
 * @throws StorageUnavailableError when trying again later may help; else the call's own error, which says what was
 *   tried when it is S3's
 */
export async function tryS3<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const failed = error as FailedCall;
    const status = statusOf(error);
    const isBusy = status !== undefined && (status >= SERVER_ERROR || status === TOO_MANY_REQUESTS);
    if (isBusy || NETWORK_TROUBLE.has(failed.code ?? '') || NETWORK_TROUBLE.has(failed.name)) {
      const said = [status ?? failed.code, failed.name, failed.message].filter(Boolean).join(' ');
      throw new StorageUnavailableError(`${what}: ${said}`, { cause: error });
    }
    if (status !== undefined) failed.message = `${what}: ${failed.message}`;
    throw error;
  }
}
