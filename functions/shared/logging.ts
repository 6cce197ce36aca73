/** Structured logs; the service name and level come from the environment, the request's keys from the handler. */
import { Logger } from '@aws-lambda-powertools/logger';

export const logger = new Logger();
