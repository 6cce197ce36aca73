import { ENV } from '../contract/environment.ts';
import { validateConfig } from '../run/validate-config.ts';
import { validateConfigInput, validateConfigOutput } from '../schemas/payloads.ts';
import { readPrices } from '../schemas/prices.ts';
import { defineStep } from '../step/define-step.ts';

export const handler = defineStep({
  event: validateConfigInput,
  result: validateConfigOutput,
  ids: ({ runId }) => ({ runId }),
  services: () => ({ prices: readPrices(process.env[ENV.prices]) }),
  run: ({ runId, input }, services) => validateConfig(runId, input, services),
});
