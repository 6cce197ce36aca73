import { batchSummary } from '../schemas/documents.ts';
import { planBatchInput } from '../schemas/payloads.ts';
import { bucketStore, defineStep } from '../step/define-step.ts';
import { collectBatch } from './collect-batch.ts';

export const handler = defineStep({
  event: planBatchInput.pick({ batchId: true }),
  result: batchSummary,
  ids: ({ batchId }) => ({ batchId }),
  services: () => ({ store: bucketStore() }),
  run: ({ batchId }, { store }) => collectBatch(store, batchId),
});
