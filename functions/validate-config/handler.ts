import type { Handler } from 'aws-lambda';
import { logInvocation } from '../shared/logging.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { validateConfigInput, validateConfigOutput } from '../shared/payloads.ts';
import { validateConfig } from './validate-config.ts';

export const handler: Handler = async (event: unknown, context) => {
  const { runId, input } = parsePayload(validateConfigInput, event, 'event');
  logInvocation(context, { runId });
  return parsePayload(validateConfigOutput, validateConfig(runId, input), 'result');
};
