import type { Handler } from 'aws-lambda';
import { ENV } from '../shared/contract.ts';
import { requireEnv } from '../shared/environment.ts';
import { logInvocation } from '../shared/logging.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { recordFailureInput, recordFailureOutput } from '../shared/payloads.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { recordFailure } from './record-failure.ts';

export const handler: Handler = async (event: unknown, context) => {
  const { runId, error } = parsePayload(recordFailureInput, event, 'event');
  logInvocation(context, { runId });
  const store = createS3Store(requireEnv(ENV.bucket));
  const recorded = await recordFailure({ store, runId, error: error.Error, cause: error.Cause ?? '' });
  return parsePayload(recordFailureOutput, recorded, 'result');
};
