/** Serves the Step Functions API over HTTP in AWS's JSON 1.0 protocol, so that stock SDKs and the AWS CLI work. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from '../loopback.ts';
import { ServiceError, type StepFunctionsService } from './service.ts';

const TARGET = /^AWSStepFunctions\.(\w+)$/;

export async function startStepFunctionsServer(
  service: StepFunctionsService,
): Promise<{ endpoint: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
    };
    try {
      const json = await text(request);
      const action = TARGET.exec(String(request.headers['x-amz-target'] ?? ''))?.[1];
      if (action === undefined) throw new ServiceError('UnknownOperationException', 'no such operation');
      const body: unknown = JSON.parse(json || '{}');
      answer(200, service.call(action, body as Record<string, unknown>));
    } catch (error) {
      const { name, message } = error as Error;
      const isOurs = error instanceof ServiceError || error instanceof SyntaxError;
      answer(isOurs ? 400 : 500, { __type: isOurs ? name : 'InternalFailure', message });
    }
  });
  const { address, close } = await listenOnLoopback(server);
  return { endpoint: `http://${address}`, close };
}
