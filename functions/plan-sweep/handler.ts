import { ENV } from '../contract/environment.ts';
import { readPrices } from '../schemas/prices.ts';
import { planSweepInput, planSweepOutput } from '../schemas/sweep.ts';
import { bucketStore, defineStep, trainMemoryMb } from '../step/define-step.ts';
import { planSweep } from './plan-sweep.ts';

export const handler = defineStep({
  event: planSweepInput,
  result: planSweepOutput,
  ids: ({ sweepId }) => ({ sweepId }),
  services: () => ({
    store: bucketStore(),
    prices: readPrices(process.env[ENV.prices]),
    memoryMb: trainMemoryMb(),
  }),
  run: ({ sweepId, input }, services) => planSweep({ ...services, sweepId, input }),
});
