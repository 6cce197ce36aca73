/**
 * The page and the API of an app that takes signed requests, on a loopback port: what a browser asks there is signed and
 * forwarded. Whoever reaches it acts as its owner, so it answers to nobody but this machine and its own page.
 */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { LIMITS } from '../../functions/contract/limits.ts';
import { readBody } from '../cloud/http/read-body.ts';
import { isLoopbackName, type Listening, listenOnLoopback, portTaken } from '../cloud/loopback.ts';
import { type Signer, signRequest } from './sign.ts';

export interface Upstream {
  /** Base URL of the HTTP API. */
  endpoint: string;
  signer: Signer;
  /** In the place of an error that has to do with credentials, one that says what to do. */
  explain: (error: Error) => Promise<Error>;
}

/** API Gateway gives up after 30 seconds. */
const TIMEOUT_MS = 60_000;

/** @throws PortInUseError naming the port */
export async function startForwarding(upstream: Upstream, port: number): Promise<Listening> {
  const server = createServer((request, response) => {
    forward(request, response, upstream).catch((error: Error) => {
      if (response.headersSent) response.destroy();
      else refuse(response, 502, error.message);
    });
  });
  return listenOnLoopback(server, port).catch(portTaken(port, '--port'));
}

/**
 * Asks the endpoint whether it lives, signed.
 *
 * @returns false where it wants tokens, so that a signature is none that it takes
 * @throws Error with what to do when it can't be reached, or refuses the signature
 */
export async function takesSignatures(upstream: Upstream): Promise<boolean> {
  const url = new URL('/v2/health/live', upstream.endpoint);
  const answer = await send({ method: 'GET', url, headers: {}, body: Buffer.alloc(0) }, upstream);
  const { statusCode = 0 } = answer;
  const said = await text(answer);
  if (statusCode === 200) return true;
  if (statusCode === 401) return false;
  throw new Error(
    statusCode === 403
      ? await refusal(upstream, said)
      : `${url} answered ${statusCode} ${said.slice(0, 200)}`,
  );
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  upstream: Upstream,
): Promise<void> {
  const { method = 'GET', url: target = '/', headers } = request;
  const stranger = strangerIn(request);
  if (stranger !== undefined) return refuse(response, 403, stranger);
  // One with a host of its own, as proxies get it, would lead elsewhere.
  if (!target.startsWith('/'))
    return refuse(response, 400, `path: got ${target}, expected one that begins with /`);
  const body = await readBody(request, LIMITS.httpBodyBytes);
  if (body === undefined) {
    response.shouldKeepAlive = false;
    return refuse(response, 413, `body: expected at most ${LIMITS.httpBodyBytes} bytes`);
  }
  // Not resolved against the endpoint: //other.example/ would lead there.
  const url = new URL(`${upstream.endpoint}${target}`);
  const asked = { method, url, headers: ownHeaders(headers), body };
  const { authorization: token, ...withoutToken } = asked.headers;
  let answer = await send(asked, upstream);
  if (answer.statusCode === 403 && token !== undefined) {
    // What changes something may want a signature where all else wants a token; nothing has come of it yet.
    answer.resume();
    answer = await send({ ...asked, headers: withoutToken }, upstream);
  }
  if (answer.statusCode === 403) {
    return refuse(response, 403, await refusal(upstream, await text(answer)));
  }
  response.writeHead(answer.statusCode!, answerHeaders(answer.headers));
  await pipeline(answer, response);
}

/** Who asks where it is not the page itself, a person who opens it, or a program of this machine. */
function strangerIn({ headers, method }: IncomingMessage): string | undefined {
  const { host, origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  if (!isLoopbackName(host)) return `host: got ${host}, expected a name of this machine`;
  const own = `http://${host}`;
  if (origin !== undefined && origin !== own) {
    return `origin: got ${origin}, expected requests of the page that is served here`;
  }
  const isOpened = mode === 'navigate' && method === 'GET';
  const isOurs = site === undefined || site === 'same-origin' || site === 'none' || isOpened;
  return isOurs
    ? undefined
    : `sec-fetch-site: got ${site}, expected requests of the page that is served here`;
}

/** Of the connection to us (RFC 9110, section 7.6.1), and what tells of this browser. */
const NOT_FORWARDED =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|host|content-length|cookie|origin|referer|sec-.*|x-amz-.*|x-forwarded-.*)$/;

function ownHeaders(headers: IncomingMessage['headers']): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !NOT_FORWARDED.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

/** Without what lets pages of other origins read the answer: the app may invite some, this server invites none. */
function answerHeaders(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  const kept = Object.entries(headers).filter(
    ([name]) => !/^(?:connection|keep-alive|transfer-encoding|set-cookie|access-control-.*)$/.test(name),
  );
  return Object.fromEntries(kept);
}

/** A request that brings a token is forwarded with it; every other one is signed. */
async function send(
  unsigned: Parameters<typeof signRequest>[0],
  { endpoint, signer, explain }: Upstream,
): Promise<IncomingMessage> {
  const { method, url, body } = unsigned;
  const isSigned = unsigned.headers.authorization === undefined;
  const headers = isSigned
    ? await signRequest(unsigned, signer).catch(async (error: Error) => {
        throw await explain(error);
      })
    : unsigned.headers;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  request(url, {
    method,
    headers: { ...headers, 'content-length': body.length },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
    .on('response', resolve)
    .on('error', (cause) => {
      reject(new Error(`${endpoint} is out of reach: ${cause.message}`, { cause }));
    })
    .end(body);
  return promise;
}

/** API Gateway says no more than Forbidden, whatever is wrong. */
async function refusal({ endpoint, signer }: Upstream, said: string): Promise<string> {
  const { accessKeyId } = await signer.credentials();
  const api = new URL(endpoint).hostname.split('.')[0];
  return (
    `${endpoint} answered 403 ${said.slice(0, 200)}: it takes no signature of access key ${accessKeyId}. ` +
    `Is this the right profile, and its secret? The caller needs execute-api:Invoke on ` +
    `arn:aws:execute-api:${signer.region}:ACCOUNT:${api}/$default/*`
  );
}

/** In the form of the API's own errors, which the page shows. */
function refuse(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify({ error }));
}
