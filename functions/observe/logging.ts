/** Structured logs; the service name and level come from the environment, the request's keys from the handler. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';

export const logger = new Logger();

/**
 * Puts the invocation's request id and what it is about into every line until the next invocation.
 *
 * @param keys ids to search the logs for, e.g. `{ runId }`
 */
export function logInvocation(context: Context, keys: Record<string, string> = {}): void {
  logger.resetKeys();
  logger.addContext(context);
  logger.appendKeys(keys);
}
