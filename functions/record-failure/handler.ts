import type { Handler } from 'aws-lambda';
import { ENV } from '../contract/environment.ts';
import { logInvocation } from '../observe/logging.ts';
import { parsePayload } from '../schemas/parse.ts';
import { recordFailureInput, recordFailureOutput } from '../schemas/payloads.ts';
import { requireEnv } from '../step/environment.ts';
import { createS3Store } from '../store/s3-store.ts';
import { recordFailure } from './record-failure.ts';

export const handler: Handler = async (event: unknown, context) => {
  const { runId, error } = parsePayload(recordFailureInput, event, 'event');
  logInvocation(context, { runId });
  const store = createS3Store(requireEnv(ENV.bucket));
  const recorded = await recordFailure({ store, runId, error: error.Error, cause: error.Cause ?? '' });
  return parsePayload(recordFailureOutput, recorded, 'result');
};
