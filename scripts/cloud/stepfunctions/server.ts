/** Serves the Step Functions API over HTTP in AWS's JSON 1.0 protocol, so that stock SDKs and the AWS CLI work. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { isLoopbackName, listenOnLoopback, portTaken } from '../loopback.ts';
import { ServiceError } from './requests.ts';
import type { StepFunctionsService } from './service.ts';

const TARGET = /^AWSStepFunctions\.(\w+)$/;

export interface StepFunctionsServer {
  endpoint: string;
  /** From here on requests reach the service; before, they are answered with 503. */
  serve(service: StepFunctionsService, check?: CheckRequest): void;
  close(): Promise<void>;
}

/** Sees each request before it is answered, and refuses it by throwing. */
export type CheckRequest = (
  accessKeyId: string | undefined,
  action: string,
  body: Readonly<Record<string, unknown>>,
) => void;

/** Of the header Authorization, whose signature nobody looks at. */
const ACCESS_KEY = /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\//;

/**
 * @param started the service, where it is there before its server
 * @param port 0 picks a free one
 * @throws PortInUseError naming the port
 */
export async function startStepFunctionsServer(
  started?: StepFunctionsService,
  port = 0,
): Promise<StepFunctionsServer> {
  let service = started;
  let check: CheckRequest = () => undefined;
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
    };
    try {
      if (!isLoopbackName(request.headers.host)) {
        answer(400, {
          __type: 'AccessDeniedException',
          message: 'the name of the host is none of this machine',
        });
        return;
      }
      const json = await text(request);
      if (service === undefined) {
        answer(503, { __type: 'ServiceUnavailable', message: 'starting' });
        return;
      }
      const action = TARGET.exec(String(request.headers['x-amz-target'] ?? ''))?.[1];
      if (action === undefined) throw new ServiceError('UnknownOperationException', 'no such operation');
      const body = JSON.parse(json || '{}') as Record<string, unknown>;
      check(ACCESS_KEY.exec(request.headers.authorization ?? '')?.[1], action, body);
      answer(200, service.call(action, body));
    } catch (error) {
      const { name, message } = error as Error;
      const isOurs = error instanceof ServiceError || error instanceof SyntaxError;
      answer(isOurs ? 400 : 500, { __type: isOurs ? name : 'InternalFailure', message });
    }
  });
  const { address, close } = await listenOnLoopback(server, port).catch(
    portTaken(port, '--step-functions-port'),
  );
  return {
    endpoint: `http://${address}`,
    serve(later, checkLater = check) {
      service = later;
      check = checkLater;
    },
    close,
  };
}
