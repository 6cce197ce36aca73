import type { Handler } from 'aws-lambda';
import { ENV } from '../contract/environment.ts';
import { backendFor } from '../kernels/kernels.ts';
import { emitMetrics } from '../observe/emf.ts';
import { logInvocation } from '../observe/logging.ts';
import { progressMetrics } from '../observe/training-metrics.ts';
import { startStopwatch } from '../run/stopwatch.ts';
import { parsePayload } from '../schemas/parse.ts';
import { importModelInput, runProgress } from '../schemas/payloads.ts';
import { requireEnv } from '../step/environment.ts';
import { createS3Store } from '../store/s3-store.ts';
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
