import type { Handler } from 'aws-lambda';
import { ENV } from '../contract/environment.ts';
import { ModelCache } from '../inference/model-cache.ts';
import { logInvocation } from '../observe/logging.ts';
import { parsePayload } from '../schemas/parse.ts';
import { batchPart, predictPartOutput } from '../schemas/payloads.ts';
import { requireEnv } from '../step/environment.ts';
import { createS3Store } from '../store/s3-store.ts';
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
