/** The HTTP API on a loopback port: each route of the template to its function, for whom its authorizer lets through. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { LIMITS } from '../../../functions/contract/limits.ts';
import type { FunctionHost } from '../lambda/function-host.ts';
import { isThrottled } from '../lambda/throttle.ts';
import { isLoopbackName, listenOnLoopback, portTaken } from '../loopback.ts';
import { drain } from '../s3/transport.ts';
import { type HttpAnswer, json } from './answer.ts';
import type { HttpApi } from './api.ts';
import type { Authorizers } from './authorizers.ts';
import { answerPreflight, isPreflight, withCors } from './cors.ts';
import { toAnswer, toEvent } from './payload.ts';
import { readBody } from './read-body.ts';
import { matchRoute } from './routes.ts';

/** What requests are answered from. */
interface Serving {
  api: HttpApi;
  authorizers: Authorizers;
  functions: FunctionHost;
}

export interface Gateway {
  endpoint: string;
  /** From here on requests reach the functions; before, they are answered with 503. */
  serve(serving: Serving): void;
  close(): Promise<void>;
}

/** @throws PortInUseError naming the port */
export async function startGateway(port: number): Promise<Gateway> {
  let serving: Serving | undefined;
  const server = createServer(async (request, response) => {
    try {
      const answer =
        serving === undefined ? json(503, { message: 'starting' }) : await handle(request, serving);
      // A client that is still sending would not read the answer.
      if (!(await drain(request))) response.shouldKeepAlive = false;
      send(response, answer);
    } catch (error) {
      // The client has left, which is its own affair.
      if (request.destroyed && !request.complete) return;
      console.error('gateway:', error);
      send(response, json(500, { message: 'Internal Server Error' }));
    }
  });
  const { address, close } = await listenOnLoopback(server, port).catch(portTaken(port, '--port'));
  return {
    endpoint: `http://${address}`,
    serve(given) {
      serving = given;
    },
    close,
  };
}

/** @throws Error when the function answered with a status or a header that HTTP doesn't have; nothing is sent then */
function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(body);
}

/**
 * A page whose own name leads to this machine is refused, as API Gateway refuses names that it doesn't know. An authorizer
 * comes before everything else, also before the answer to a browser's question about other origins.
 */
async function handle(request: IncomingMessage, serving: Serving): Promise<HttpAnswer> {
  const { api, authorizers, functions } = serving;
  const { method = 'GET', headers } = request;
  if (!isLoopbackName(headers.host)) return json(403, { message: 'Forbidden' });
  const match = matchRoute(api.routes, method, (request.url ?? '/').split('?')[0]!);
  const asked = { method, headers };
  const preflight =
    api.cors !== undefined && isPreflight(asked) ? answerPreflight(api.cors, asked) : undefined;
  if (match === undefined) return preflight ?? json(404, { message: 'Not Found' });
  const body = await readBody(request, LIMITS.httpBodyBytes);
  if (body === undefined) return tooLarge(`more than ${LIMITS.httpBodyBytes}`, LIMITS.httpBodyBytes);
  const decision = await authorizers.decide(match.route, request, body);
  if ('refusal' in decision) return decision.refusal;
  if (preflight !== undefined) return preflight;
  const event = JSON.stringify(toEvent(request, body, match, { apiId: api.id, caller: decision.caller }));
  if (Buffer.byteLength(event) > LIMITS.invokeBytes) return tooLarge(String(body.length), LIMITS.invokeBytes);
  const outcome = await functions.invoke(match.route.functionArn, event);
  // The AWS Lambda Developer Guide says 500 where Lambda rejects an invocation ("Handling Lambda errors with an API
  // Gateway API"), as REST APIs do. Of HTTP APIs users report 503 with this body, which AWS documents nowhere.
  if (isThrottled(outcome)) return json(503, { message: 'Service Unavailable' });
  const { payload, error } = outcome;
  const answer =
    error === undefined ? toAnswer(payload ?? '') : json(500, { message: 'Internal Server Error' });
  return api.cors === undefined ? answer : withCors(api.cors, asked, answer);
}

function tooLarge(got: string, limit: number): HttpAnswer {
  return json(413, {
    error: `body: got ${got} bytes, expected at most ${limit} with the request's headers`,
    field: 'body',
  });
}
