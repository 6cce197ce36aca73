import type { Handler } from 'aws-lambda';
import { ENV } from '../contract/environment.ts';
import { logInvocation } from '../observe/logging.ts';
import { parsePayload } from '../schemas/parse.ts';
import { readPrices } from '../schemas/prices.ts';
import { planSweepInput, planSweepOutput } from '../schemas/sweep.ts';
import { requireEnv } from '../step/environment.ts';
import { createS3Store } from '../store/s3-store.ts';
import { planSweep } from './plan-sweep.ts';

export const handler: Handler = async (event: unknown, context) => {
  const { sweepId, input } = parsePayload(planSweepInput, event, 'event');
  logInvocation(context, { sweepId });
  const store = createS3Store(requireEnv(ENV.bucket));
  const prices = readPrices(process.env[ENV.prices]);
  return parsePayload(planSweepOutput, await planSweep({ store, sweepId, input, prices }), 'result');
};
