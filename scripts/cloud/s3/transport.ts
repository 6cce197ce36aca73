/** Between node:http and the core. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { isLoopbackName } from '../loopback.ts';
import type { Headers } from './declared-body.ts';
import { S3Error } from './errors.ts';
import { type Receiving, TURN } from './receive-body.ts';
import type { S3Response } from './request.ts';

/** What a connection may bring before others get their turn. */
const TURN_BYTES = 128 * 1024;
/** Unwanted request bodies up to this size are read so that the client gets to the answer. */
const MAX_DRAIN_BYTES = 64 * 2 ** 20;

/**
 * Refuses requests that are meant for another host.
 * @throws S3Error AccessDenied
 */
export function checkHost(host: string | undefined): void {
  if (isLoopbackName(host)) return;
  throw new S3Error('AccessDenied', `The local S3 answers to loopback names only, not to ${host}.`);
}

/** By lower-case name; repeated ones joined as RFC 9110 section 5.2 has it. */
export function headersOf(request: IncomingMessage): Headers {
  return Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values]) => [name, values!.join(', ')]),
  );
}

/**
 * Sends the body to whoever receives it, piece by piece, no further than it is asked for. One that is there already would
 * be taken whole before anybody else is heard: so others get their turn now and then.
 * @param isGone whether the client has left, so that its work is in vain
 */
export async function feed<T>(
  receiving: Receiving<T>,
  body: AsyncIterableIterator<Uint8Array>,
  isGone: () => boolean = () => false,
): Promise<T> {
  try {
    let step = receiving.next();
    let bytes = 0;
    while (!step.done) {
      if (bytes >= TURN_BYTES) {
        bytes = 0;
        await setImmediate();
      }
      if (step.value === TURN) {
        await setImmediate();
        step = isGone() ? receiving.throw(brokenOff(undefined)) : receiving.next();
        continue;
      }
      const piece = await body.next().catch(brokenOff);
      if (!(piece instanceof S3Error)) bytes += piece.value?.length ?? 0;
      step = piece instanceof S3Error ? receiving.throw(piece) : receiving.next(piece.value);
    }
    return step.value;
  } finally {
    await body.return?.();
  }
}

const brokenOff = (cause: unknown): S3Error =>
  new S3Error('IncompleteBody', 'The connection ended inside the request body.', {}, cause);

/** Reads what is left of the body; false when that is too much, or the connection broke: then it must be closed. */
export async function drain(request: IncomingMessage): Promise<boolean> {
  if (request.readableEnded) return true;
  if (request.destroyed || Number(request.headers['content-length'] ?? 0) > MAX_DRAIN_BYTES) return false;
  let bytes = 0;
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    bytes += piece.length;
    if (bytes > MAX_DRAIN_BYTES) return false;
  }
  return true;
}

/** Sends the answer, its body as fast as the client takes it; an answer to HEAD goes without. */
export async function send(response: ServerResponse, answer: S3Response, head: boolean): Promise<void> {
  const { status, headers, body } = answer;
  response.statusCode = status;
  response.setHeader('server', 'stepnet-local-s3');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (!head && body !== undefined && typeof body !== 'string') {
    await pipeline(Readable.from(body, { objectMode: false }), response);
    return;
  }
  response.end(head ? undefined : body);
  await finished(response);
}
