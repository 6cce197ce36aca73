/** Lambda's Runtime API for one function process ("Using the Lambda runtime API" in AWS's Lambda guide). */
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from '../loopback.ts';

export interface Invocation {
  requestId: string;
  /** JSON. */
  event: string;
  functionArn: string;
  /** Milliseconds since the epoch. */
  deadline: number;
}

export interface RuntimeAnswer {
  kind: 'response' | 'error';
  body: string;
}

export interface RuntimeApi {
  /** host:port, for AWS_LAMBDA_RUNTIME_API. */
  address: string;
  /** Resolves when INIT is over: the runtime asks for its first event, or tells in Lambda's JSON why it never will. */
  ready: Promise<string | undefined>;
  /** Hands the event to the runtime; resolves with what it posts. One at a time. */
  invoke(invocation: Invocation): Promise<RuntimeAnswer>;
  close(): Promise<void>;
}

const PATHS = /^\/2018-06-01\/runtime\/(?:invocation\/(?:next|([^/]+)\/(response|error))|init\/error)$/;

export async function startRuntimeApi(): Promise<RuntimeApi> {
  const initialized = Promise.withResolvers<string | undefined>();
  let waitingRuntime: ServerResponse | undefined;
  let current: { invocation: Invocation; answered: PromiseWithResolvers<RuntimeAnswer> } | undefined;
  let delivered = false;

  const deliver = (): void => {
    if (waitingRuntime === undefined || current === undefined || delivered) return;
    const { requestId, event, functionArn, deadline } = current.invocation;
    delivered = true;
    waitingRuntime.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': requestId,
      'lambda-runtime-deadline-ms': String(deadline),
      'lambda-runtime-invoked-function-arn': functionArn,
    });
    waitingRuntime.end(event);
    waitingRuntime = undefined;
  };

  const server = createServer(async (request, response) => {
    const match = PATHS.exec(request.url ?? '');
    if (match === null) {
      response.writeHead(404).end();
      return;
    }
    const [, requestId, kind] = match;
    if (request.method === 'GET') {
      waitingRuntime = response;
      initialized.resolve(undefined);
      deliver();
      return;
    }
    const body = await text(request);
    if (requestId === undefined) initialized.resolve(body);
    else if (requestId === current?.invocation.requestId) {
      const { answered } = current;
      current = undefined;
      answered.resolve({ kind: kind as 'response' | 'error', body });
    }
    response.writeHead(202).end();
  });
  // A function may compute for 15 minutes, and wait for its next event for ever.
  const { address, close } = await listenOnLoopback(server, 0, 0);
  return {
    address,
    ready: initialized.promise,
    invoke(invocation) {
      const answered = Promise.withResolvers<RuntimeAnswer>();
      current = { invocation, answered };
      delivered = false;
      deliver();
      return answered.promise;
    },
    close,
  };
}
