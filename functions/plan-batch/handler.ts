import { ENV } from '../contract/environment.ts';
import { planBatchInput, planBatchOutput } from '../schemas/payloads.ts';
import { bucketStore, defineStep, requireEnv } from '../step/define-step.ts';
import { planBatch } from './plan-batch.ts';

export const handler = defineStep({
  event: planBatchInput,
  result: planBatchOutput,
  ids: ({ batchId }) => ({ batchId }),
  services: () => ({ store: bucketStore(), defaultModel: requireEnv(ENV.defaultModel) }),
  run: (request, services) => planBatch({ ...request, ...services }),
});
