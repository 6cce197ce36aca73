import type { Handler } from 'aws-lambda';
import { logInvocation } from '../observe/logging.ts';
import { validateConfig } from '../run/validate-config.ts';
import { parsePayload } from '../schemas/parse.ts';
import { validateConfigInput, validateConfigOutput } from '../schemas/payloads.ts';

export const handler: Handler = async (event: unknown, context) => {
  const { runId, input } = parsePayload(validateConfigInput, event, 'event');
  logInvocation(context, { runId });
  return parsePayload(validateConfigOutput, validateConfig(runId, input), 'result');
};
