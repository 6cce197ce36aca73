import type { Handler } from 'aws-lambda';
import { ENV, KEYS } from '../shared/contract.ts';
import { runConfig } from '../shared/documents.ts';
import { emitMetrics } from '../shared/emf.ts';
import { requireEnv } from '../shared/environment.ts';
import { logInvocation } from '../shared/logging.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { promoteModelInput, promoteModelOutput, sweepRunEnded } from '../shared/payloads.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { promotionMetrics } from '../shared/training-metrics.ts';
import { getDocument } from '../shared/verified.ts';
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
