import type { Handler } from 'aws-lambda';
import { ENV } from '../contract/environment.ts';
import { KEYS } from '../contract/keys.ts';
import { emitMetrics } from '../observe/emf.ts';
import { logInvocation } from '../observe/logging.ts';
import { promotionMetrics } from '../observe/training-metrics.ts';
import { runConfig } from '../schemas/documents.ts';
import { parsePayload } from '../schemas/parse.ts';
import { promoteModelInput, promoteModelOutput, sweepRunEnded } from '../schemas/payloads.ts';
import { requireEnv } from '../step/environment.ts';
import { createS3Store } from '../store/s3-store.ts';
import { getDocument } from '../store/verified.ts';
import { endSweepRun } from './end-sweep-run.ts';
import { promoteModel } from './promote-model.ts';

export const handler: Handler = async (event: unknown, context) => {
  const request = parsePayload(promoteModelInput, event, 'event');
  logInvocation(context, { runId: request.runId });
  const store = createS3Store(requireEnv(ENV.bucket));
  const namespace = requireEnv(ENV.metricsNamespace);
  const gitRevision = requireEnv(ENV.gitRevision);
  const { sweep } = await getDocument(store, runConfig, KEYS.runConfig(request.runId));
  if (sweep !== undefined && request.sweep === undefined) {
    return parsePayload(sweepRunEnded, await endSweepRun({ ...request, store }, sweep.id), 'result');
  }
  const outcome = await promoteModel({ ...request, store, gitRevision });
  emitMetrics(promotionMetrics(namespace, outcome));
  return parsePayload(promoteModelOutput, outcome, 'result');
};
