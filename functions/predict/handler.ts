import type { APIGatewayProxyHandlerV2 } from 'aws-lambda';
import { ENV } from '../contract/environment.ts';
import { ModelCache } from '../inference/model-cache.ts';
import { emitMetrics } from '../observe/emf.ts';
import { logInvocation } from '../observe/logging.ts';
import { bucketStore, requireEnv } from '../step/define-step.ts';
import { type ApiAuth, parseAuth, parseManage } from './auth.ts';
import { answer } from './router.ts';

/** Kept for the container's life: the model in memory is what makes a warm request fast. */
let models: ModelCache | undefined;
let auth: ApiAuth | undefined;

export const handler: APIGatewayProxyHandlerV2 = async (event, context) => {
  logInvocation(context, { requestId: event.requestContext.requestId });
  const store = bucketStore();
  models ??= new ModelCache(store);
  const whoMayCall = requireEnv(ENV.auth);
  auth ??= parseAuth(whoMayCall);
  const namespace = requireEnv(ENV.metricsNamespace);
  return answer(event, {
    store,
    models,
    defaultModel: requireEnv(ENV.defaultModel),
    auth,
    manage: parseManage(requireEnv(ENV.manage)),
    emit: (entry) => emitMetrics({ namespace, ...entry }),
  });
};
