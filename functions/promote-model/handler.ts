import { ENV } from '../contract/environment.ts';
import { KEYS } from '../contract/keys.ts';
import { emitMetrics } from '../observe/emf.ts';
import { promotionMetrics } from '../observe/training-metrics.ts';
import { runConfig } from '../schemas/documents.ts';
import { promoteModelInput, runEnded } from '../schemas/payloads.ts';
import { bucketStore, defineStep, requireEnv } from '../step/define-step.ts';
import { getDocument } from '../store/verified.ts';
import { endSweepRun, promoteModel } from './promote-model.ts';

export const handler = defineStep({
  event: promoteModelInput,
  result: runEnded,
  ids: ({ runId }) => ({ runId }),
  services: () => ({
    store: bucketStore(),
    gitRevision: requireEnv(ENV.gitRevision),
    namespace: requireEnv(ENV.metricsNamespace),
  }),
  run: async (request, { store, gitRevision, namespace }) => {
    const { sweep } = await getDocument(store, runConfig, KEYS.runConfig(request.runId));
    if (sweep !== undefined && request.sweep === undefined) {
      return endSweepRun({ ...request, store }, sweep.id);
    }
    const outcome = await promoteModel({ ...request, store, gitRevision });
    emitMetrics(promotionMetrics(namespace, outcome));
    return outcome;
  },
});
