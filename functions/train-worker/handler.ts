import type { Handler } from 'aws-lambda';
import { ENV } from '../contract/environment.ts';
import { backendFor } from '../kernels/kernels.ts';
import { logInvocation } from '../observe/logging.ts';
import { WORKER_TRANSITIONS } from '../run/caps.ts';
import { startStopwatch } from '../run/stopwatch.ts';
import type { JobConfig } from '../schemas/config.ts';
import { parsePayload } from '../schemas/parse.ts';
import { trainWorkerInput, trainWorkerOutput } from '../schemas/payloads.ts';
import { readPrices } from '../schemas/prices.ts';
import { requireEnv } from '../step/environment.ts';
import { countRequests } from '../store/counted-store.ts';
import { createS3Store } from '../store/s3-store.ts';
import { failureOf, trainWorker } from './train-worker.ts';

export const handler: Handler = async (event: unknown, context) => {
  const memoryMb = Number(context.memoryLimitInMB);
  const { store, counts } = countRequests(createS3Store(requireEnv(ENV.bucket)));
  const prices = readPrices(process.env[ENV.prices]);
  const stopwatch = startStopwatch(memoryMb, { prices, requests: counts, transitions: WORKER_TRANSITIONS });
  const backend = ({ backend: name }: JobConfig) => backendFor(name, memoryMb);
  const request = parsePayload(trainWorkerInput, event, 'event');
  logInvocation(context, { runId: request.runId, worker: String(request.worker) });
  const remainingMs = () => context.getRemainingTimeInMillis();
  const result = await trainWorker({ ...request, store, stopwatch, remainingMs, backend }).catch(
    (reason: unknown) => failureOf(request.worker, reason),
  );
  return parsePayload(trainWorkerOutput, result, 'result');
};
