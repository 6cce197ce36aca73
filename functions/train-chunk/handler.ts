import type { Handler } from 'aws-lambda';
import { ENV } from '../shared/contract.ts';
import { requireEnv } from '../shared/environment.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { runProgress, trainChunkInput } from '../shared/schemas.ts';
import { startStopwatch } from '../shared/stopwatch.ts';
import { trainChunk } from './train-chunk.ts';

export const handler: Handler = async (event: unknown, context) => {
  const stopwatch = startStopwatch(Number(context.memoryLimitInMB));
  const request = parsePayload(trainChunkInput, event, 'event');
  const store = createS3Store(requireEnv(ENV.bucket));
  const remainingMs = () => context.getRemainingTimeInMillis();
  const progress = await trainChunk({ ...request, store, stopwatch, remainingMs });
  return parsePayload(runProgress, progress, 'result');
};
