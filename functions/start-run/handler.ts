import type { Handler } from 'aws-lambda';
import { ENV } from '../shared/contract.ts';
import { requireEnv } from '../shared/environment.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { runProgress, startRunInput } from '../shared/schemas.ts';
import { startStopwatch } from '../shared/stopwatch.ts';
import { startRun } from './start-run.ts';

export const handler: Handler = async (event: unknown, context) => {
  const stopwatch = startStopwatch(Number(context.memoryLimitInMB));
  const request = parsePayload(startRunInput, event, 'event');
  const store = createS3Store(requireEnv(ENV.bucket));
  return parsePayload(runProgress, await startRun({ ...request, store, stopwatch }), 'result');
};
