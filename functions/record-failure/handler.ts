import { recordFailureInput, recordFailureOutput } from '../schemas/payloads.ts';
import { bucketStore, defineStep } from '../step/define-step.ts';
import { recordFailure } from './record-failure.ts';

export const handler = defineStep({
  event: recordFailureInput,
  result: recordFailureOutput,
  ids: ({ runId }) => ({ runId }),
  services: () => ({ store: bucketStore() }),
  run: ({ runId, executionName = runId, error }, { store }) =>
    recordFailure({ store, runId, executionName, error: error.Error, cause: error.Cause ?? '' }),
});
