import { ENV } from '../contract/environment.ts';
import { readPrices } from '../schemas/prices.ts';
import { collectSweepInput, sweepRung } from '../schemas/sweep.ts';
import { bucketStore, defineStep } from '../step/define-step.ts';
import { collectSweep } from './collect-sweep.ts';

export const handler = defineStep({
  event: collectSweepInput,
  result: sweepRung,
  ids: ({ sweepId }) => ({ sweepId }),
  services: () => ({ store: bucketStore(), prices: readPrices(process.env[ENV.prices]) }),
  run: (request, services) => collectSweep({ ...request, ...services }),
});
