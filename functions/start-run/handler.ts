import type { Handler } from 'aws-lambda';
import type { TrainingConfig } from '../../core/index.ts';
import { ENV } from '../shared/contract.ts';
import { emitMetrics } from '../shared/emf.ts';
import { requireEnv } from '../shared/environment.ts';
import { backendFor } from '../shared/kernels.ts';
import { logInvocation } from '../shared/logging.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { runProgress, startRunInput } from '../shared/schemas.ts';
import { startStopwatch } from '../shared/stopwatch.ts';
import { progressMetrics } from '../shared/training-metrics.ts';
import { startRun } from './start-run.ts';

export const handler: Handler = async (event: unknown, context) => {
  const memoryMb = Number(context.memoryLimitInMB);
  const stopwatch = startStopwatch(memoryMb);
  const backend = ({ backend: name }: TrainingConfig) => backendFor(name, memoryMb);
  const request = parsePayload(startRunInput, event, 'event');
  logInvocation(context, { runId: request.runId });
  const store = createS3Store(requireEnv(ENV.bucket));
  const namespace = requireEnv(ENV.metricsNamespace);
  const progress = await startRun({ ...request, store, stopwatch, backend });
  emitMetrics(progressMetrics(namespace, progress));
  return parsePayload(runProgress, progress, 'result');
};
