import type { Handler } from 'aws-lambda';
import { ENV } from '../shared/contract.ts';
import { batchSummary } from '../shared/documents.ts';
import { requireEnv } from '../shared/environment.ts';
import { logInvocation } from '../shared/logging.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { planBatchInput } from '../shared/payloads.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { collectBatch } from './collect-batch.ts';

const collectInput = planBatchInput.pick({ batchId: true });

export const handler: Handler = async (event: unknown, context) => {
  const { batchId } = parsePayload(collectInput, event, 'event');
  logInvocation(context, { batchId });
  const store = createS3Store(requireEnv(ENV.bucket));
  return parsePayload(batchSummary, await collectBatch(store, batchId), 'result');
};
