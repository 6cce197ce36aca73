import type { Handler } from 'aws-lambda';
import { parsePayload } from '../shared/parse-payload.ts';
import { validateConfigInput, validateConfigOutput } from '../shared/schemas.ts';
import { validateConfig } from './validate-config.ts';

export const handler: Handler = async (event: unknown) => {
  const { runId, input } = parsePayload(validateConfigInput, event, 'event');
  return parsePayload(validateConfigOutput, validateConfig(runId, input), 'result');
};
