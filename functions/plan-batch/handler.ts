import type { Handler } from 'aws-lambda';
import { ENV } from '../contract/environment.ts';
import { logInvocation } from '../observe/logging.ts';
import { parsePayload } from '../schemas/parse.ts';
import { planBatchInput, planBatchOutput } from '../schemas/payloads.ts';
import { requireEnv } from '../step/environment.ts';
import { createS3Store } from '../store/s3-store.ts';
import { planBatch } from './plan-batch.ts';

export const handler: Handler = async (event: unknown, context) => {
  const request = parsePayload(planBatchInput, event, 'event');
  logInvocation(context, { batchId: request.batchId });
  const store = createS3Store(requireEnv(ENV.bucket));
  const planned = await planBatch({ ...request, store, defaultModel: requireEnv(ENV.defaultModel) });
  return parsePayload(planBatchOutput, planned, 'result');
};
