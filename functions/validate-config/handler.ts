import { validateConfig } from '../run/validate-config.ts';
import { validateConfigInput, validateConfigOutput } from '../schemas/payloads.ts';
import { defineStep } from '../step/define-step.ts';

export const handler = defineStep({
  event: validateConfigInput,
  result: validateConfigOutput,
  ids: ({ runId }) => ({ runId }),
  services: () => ({}),
  run: ({ runId, input }) => validateConfig(runId, input),
});
