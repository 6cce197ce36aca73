import type { Handler } from 'aws-lambda';
import { ENV } from '../shared/contract.ts';
import { requireEnv } from '../shared/environment.ts';
import { logInvocation } from '../shared/logging.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { readPrices } from '../shared/prices.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { planSweepInput, planSweepOutput } from '../shared/sweep-schemas.ts';
import { planSweep } from './plan-sweep.ts';

export const handler: Handler = async (event: unknown, context) => {
  const { sweepId, input } = parsePayload(planSweepInput, event, 'event');
  logInvocation(context, { sweepId });
  const store = createS3Store(requireEnv(ENV.bucket));
  const prices = readPrices(process.env[ENV.prices]);
  return parsePayload(planSweepOutput, await planSweep({ store, sweepId, input, prices }), 'result');
};
