import type { APIGatewayProxyHandlerV2 } from 'aws-lambda';
import { ENV } from '../contract/environment.ts';
import { ModelCache } from '../inference/model-cache.ts';
import { emitMetrics } from '../observe/emf.ts';
import { logInvocation } from '../observe/logging.ts';
import { requireEnv } from '../step/environment.ts';
import { createS3Store } from '../store/s3-store.ts';
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
