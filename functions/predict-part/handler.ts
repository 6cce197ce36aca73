import type { Handler } from 'aws-lambda';
import { ModelCache } from '../predict/model-cache.ts';
import { ENV } from '../shared/contract.ts';
import { requireEnv } from '../shared/environment.ts';
import { logInvocation } from '../shared/logging.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { batchPart, predictPartOutput } from '../shared/payloads.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { predictPart } from './predict-part.ts';

/** Kept for the container's next parts. */
let models: ModelCache | undefined;

export const handler: Handler = async (event: unknown, context) => {
  const part = parsePayload(batchPart, event, 'event');
  logInvocation(context, { batchId: part.batchId });
  const store = createS3Store(requireEnv(ENV.bucket));
  models ??= new ModelCache(store);
  return parsePayload(predictPartOutput, await predictPart({ store, models }, part), 'result');
};
