import { ModelCache } from '../inference/model-cache.ts';
import { batchPart, predictPartOutput } from '../schemas/payloads.ts';
import { bucketStore, defineStep } from '../step/define-step.ts';
import { predictPart } from './predict-part.ts';

/** Kept for the container's next parts. */
let models: ModelCache | undefined;

export const handler = defineStep({
  event: batchPart,
  result: predictPartOutput,
  ids: ({ batchId }) => ({ batchId }),
  services: () => {
    const store = bucketStore();
    models ??= new ModelCache(store);
    return { store, models };
  },
  run: (part, services) => predictPart(services, part),
});
