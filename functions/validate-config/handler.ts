import { ENV } from '../contract/environment.ts';
import { findDeclaration, withDeclaration } from '../dataset/declarations.ts';
import { validateConfig } from '../run/validate-config.ts';
import { validateConfigInput, validateConfigOutput } from '../schemas/payloads.ts';
import { readPrices } from '../schemas/prices.ts';
import { defineStep, requireEnv, trainMemoryMb } from '../step/define-step.ts';

export const handler = defineStep({
  event: validateConfigInput,
  result: validateConfigOutput,
  ids: ({ runId }) => ({ runId }),
  services: () => ({ prices: readPrices(process.env[ENV.prices]), memoryMb: trainMemoryMb() }),
  run: async ({ runId, input }, services) => {
    const declared = await withDeclaration(input, async (name) => {
      // Most configs name a dataset of the catalogue, and need no client of S3.
      const { createS3Store } = await import('../store/s3-store.ts');
      return findDeclaration(createS3Store(requireEnv(ENV.bucket)), name);
    });
    return validateConfig(runId, declared, services);
  },
});
