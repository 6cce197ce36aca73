import type { Handler } from 'aws-lambda';
import { ENV } from '../shared/contract.ts';
import { requireEnv } from '../shared/environment.ts';
import { logInvocation } from '../shared/logging.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { planBatchInput, planBatchOutput } from '../shared/payloads.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { planBatch } from './plan-batch.ts';

export const handler: Handler = async (event: unknown, context) => {
  const request = parsePayload(planBatchInput, event, 'event');
  logInvocation(context, { batchId: request.batchId });
  const store = createS3Store(requireEnv(ENV.bucket));
  const planned = await planBatch({ ...request, store, defaultModel: requireEnv(ENV.defaultModel) });
  return parsePayload(planBatchOutput, planned, 'result');
};
