/** Checks a state machine input before anything is started, with the same schema as the first state. */

import { type JobConfig, jobConfigSchema } from '../../functions/schemas/config.ts';
import { parsePayload } from '../../functions/schemas/parse.ts';
import { UsageError } from './arguments.ts';

/** @throws UsageError naming each wrong field, its value and what is allowed */
export function checkInput(input: Record<string, unknown>): JobConfig {
  try {
    return parsePayload(jobConfigSchema, input, 'config');
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
