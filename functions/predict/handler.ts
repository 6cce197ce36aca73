import type { APIGatewayProxyHandlerV2 } from 'aws-lambda';
import { ENV } from '../shared/contract.ts';
import { emitMetrics } from '../shared/emf.ts';
import { requireEnv } from '../shared/environment.ts';
import { logInvocation } from '../shared/logging.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { ModelCache } from './model-cache.ts';
import { answer } from './router.ts';
import type { TrialServices } from './trial.ts';

/** Kept for the container's life: the model in memory is what makes a warm request fast. */
let models: ModelCache | undefined;

export const handler: APIGatewayProxyHandlerV2 = async (event, context) => {
  logInvocation(context, { requestId: event.requestContext.requestId });
  const store = createS3Store(requireEnv(ENV.bucket));
  models ??= new ModelCache(store);
  const namespace = requireEnv(ENV.metricsNamespace);
  const emit: TrialServices['emit'] = (entry) => emitMetrics({ namespace, ...entry });
  return answer(event, { store, models, defaultModel: requireEnv(ENV.defaultModel), emit });
};
