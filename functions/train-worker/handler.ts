import type { Handler } from 'aws-lambda';
import type { TrainingConfig } from '../../core/index.ts';
import { WORKER_TRANSITIONS } from '../shared/caps.ts';
import { ENV } from '../shared/contract.ts';
import { countRequests } from '../shared/counted-store.ts';
import { requireEnv } from '../shared/environment.ts';
import { backendFor } from '../shared/kernels.ts';
import { logInvocation } from '../shared/logging.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { trainWorkerInput, trainWorkerOutput } from '../shared/payloads.ts';
import { readPrices } from '../shared/prices.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { startStopwatch } from '../shared/stopwatch.ts';
import { failureOf, trainWorker } from './train-worker.ts';

export const handler: Handler = async (event: unknown, context) => {
  const memoryMb = Number(context.memoryLimitInMB);
  const { store, counts } = countRequests(createS3Store(requireEnv(ENV.bucket)));
  const prices = readPrices(process.env[ENV.prices]);
  const stopwatch = startStopwatch(memoryMb, { prices, requests: counts, transitions: WORKER_TRANSITIONS });
  const backend = ({ backend: name }: TrainingConfig) => backendFor(name, memoryMb);
  const request = parsePayload(trainWorkerInput, event, 'event');
  logInvocation(context, { runId: request.runId, worker: String(request.worker) });
  const remainingMs = () => context.getRemainingTimeInMillis();
  const result = await trainWorker({ ...request, store, stopwatch, remainingMs, backend }).catch(
    (reason: unknown) => failureOf(request.worker, reason),
  );
  return parsePayload(trainWorkerOutput, result, 'result');
};
