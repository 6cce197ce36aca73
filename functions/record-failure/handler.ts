import { recordFailureInput, recordFailureOutput } from '../schemas/payloads.ts';
import { bucketStore, defineStep } from '../step/define-step.ts';
import { recordFailure } from './record-failure.ts';

export const handler = defineStep({
  event: recordFailureInput,
  result: recordFailureOutput,
  ids: ({ runId }) => ({ runId }),
  services: () => ({ store: bucketStore() }),
  run: ({ runId, error }, { store }) =>
    recordFailure({ store, runId, error: error.Error, cause: error.Cause ?? '' }),
});
