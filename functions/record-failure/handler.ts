import { recordFailureInput, recordFailureOutput } from '../schemas/payloads.ts';
import { defineStep } from '../step/define-step.ts';
import { bucketStore } from '../step/environment.ts';
import { recordFailure } from './record-failure.ts';

export const handler = defineStep({
  event: recordFailureInput,
  result: recordFailureOutput,
  ids: ({ runId }) => ({ runId }),
  services: () => ({ store: bucketStore() }),
  run: ({ runId, error }, { store }) =>
    recordFailure({ store, runId, error: error.Error, cause: error.Cause ?? '' }),
});
