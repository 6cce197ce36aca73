import type { Handler } from 'aws-lambda';
import { ENV } from '../shared/contract.ts';
import { emitMetrics } from '../shared/emf.ts';
import { requireEnv } from '../shared/environment.ts';
import { backendFor } from '../shared/kernels.ts';
import { logInvocation } from '../shared/logging.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { importModelInput, runProgress } from '../shared/payloads.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { startStopwatch } from '../shared/stopwatch.ts';
import { progressMetrics } from '../shared/training-metrics.ts';
import { importModel } from './import-model.ts';

/**
 * Share of the function's memory that the weights may take: they are there several times, as the file, unpacked, in
 * the kernels and as the checkpoint, beside the dataset.
 */
const MEMORY_SHARE = 1 / 8;

export const handler: Handler = async (event: unknown, context) => {
  const memoryMb = Number(context.memoryLimitInMB);
  const stopwatch = startStopwatch(memoryMb);
  const request = parsePayload(importModelInput, event, 'event');
  logInvocation(context, { runId: request.runId });
  const store = createS3Store(requireEnv(ENV.bucket));
  const namespace = requireEnv(ENV.metricsNamespace);
  const backend = backendFor(request.config.backend, memoryMb);
  const maxBytes = memoryMb * MEMORY_SHARE * 1024 * 1024;
  const progress = await importModel({ ...request, store, stopwatch, backend, maxBytes });
  emitMetrics(progressMetrics(namespace, progress));
  return parsePayload(runProgress, progress, 'result');
};
