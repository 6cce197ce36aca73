import type { Handler } from 'aws-lambda';
import { ENV } from '../contract/environment.ts';
import { logInvocation } from '../observe/logging.ts';
import { batchSummary } from '../schemas/documents.ts';
import { parsePayload } from '../schemas/parse.ts';
import { planBatchInput } from '../schemas/payloads.ts';
import { requireEnv } from '../step/environment.ts';
import { createS3Store } from '../store/s3-store.ts';
import { collectBatch } from './collect-batch.ts';

const collectInput = planBatchInput.pick({ batchId: true });

export const handler: Handler = async (event: unknown, context) => {
  const { batchId } = parsePayload(collectInput, event, 'event');
  logInvocation(context, { batchId });
  const store = createS3Store(requireEnv(ENV.bucket));
  return parsePayload(batchSummary, await collectBatch(store, batchId), 'result');
};
