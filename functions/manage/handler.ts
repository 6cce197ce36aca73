import type { APIGatewayProxyHandlerV2 } from 'aws-lambda';
import { ENV } from '../contract/environment.ts';
import { executionsOf } from '../executions/step-functions.ts';
import { logInvocation } from '../observe/logging.ts';
import { readPrices } from '../schemas/prices.ts';
import { bucketStore, requireEnv, trainMemoryMb } from '../step/define-step.ts';
import { answer } from './manage.ts';

export const handler: APIGatewayProxyHandlerV2 = async (event, context) => {
  logInvocation(context, { requestId: event.requestContext.requestId });
  return answer(event, {
    store: bucketStore(),
    executions: executionsOf(requireEnv(ENV.stateMachine)),
    prices: readPrices(process.env[ENV.prices]),
    memoryMb: trainMemoryMb(),
    now: () => new Date(),
  });
};
