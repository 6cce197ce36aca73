/** Requests that no SDK would send. */
import { once } from 'node:events';
import { type Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface RawRequest {
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  agent?: Agent;
}

export interface RawAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
  /** Code of the error document, if it is one. */
  code: string | undefined;
  /** Whether it came over a connection that had served a request before. */
  reused: boolean;
}

/** One request with the target and headers as they are. */
export async function send(
  endpoint: string,
  method: string,
  target: string,
  { headers = {}, body = '', agent }: RawRequest = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(endpoint);
  // Without a framing header Node would send the body of a DELETE as a second request.
  const framing = 'transfer-encoding' in headers ? {} : { 'content-length': Buffer.byteLength(body) };
  const outgoing = request({
    hostname,
    port,
    method,
    path: target,
    headers: { ...framing, ...headers },
    agent: agent ?? false,
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const text = (await buffer(answer)).toString('utf8');
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    body: text,
    code: elementOf(text, 'Code'),
    reused: outgoing.reusedSocket,
  };
}

/** Writes bytes and hangs up; what came back by the time the connection was closed. */
export async function hangUpAfter(endpoint: string, bytes: string): Promise<string> {
  return await exchange(endpoint, bytes, (socket) => socket.end());
}

/** Writes bytes and waits; what came back by the time the server closed the connection. */
export async function waitAfter(endpoint: string, bytes: string): Promise<string> {
  return await exchange(endpoint, bytes, () => {});
}

async function exchange(endpoint: string, bytes: string, then: (socket: Socket) => void): Promise<string> {
  const { hostname, port } = new URL(endpoint);
  return await new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes, () => then(socket)));
    socket.on('data', (piece) => {
      answer += piece.toString('latin1');
    });
    socket.on('error', (error) => {
      if (!('code' in error) || error.code !== 'ECONNRESET') reject(error);
    });
    socket.on('close', () => resolve(answer));
  });
}

/** The text of an element of a flat XML document. */
export function elementOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}
