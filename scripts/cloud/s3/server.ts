/**
 * The local cloud's S3: the core behind HTTP on the loopback interface. Signatures are not checked, which is why it
 * binds to nothing else; the caller is whoever the request's credential names.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { adviceFor } from '../../support/trouble.ts';
import { listenOnLoopback } from '../loopback.ts';
import { Background } from './background.ts';
import type { BucketProperties } from './buckets.ts';
import { answer, errorAnswer, HOST_ID, pathOf, type RequestHook } from './core.ts';
import { S3Error } from './errors.ts';
import type { S3Response } from './request.ts';
import { S3Store } from './store.ts';
import { checkHost, drain, feed, headersOf, send } from './transport.ts';

export interface S3ServerOptions {
  /** SQLite file, created with its folder when absent, or ":memory:". */
  file: string;
  /** Default 0: a free one. */
  port?: number;
  /** Milliseconds since 1970; default: the machine's clock. */
  now?: () => number;
  /** Sees, and may refuse, every call. */
  onRequest?: RequestHook;
  /** Gets failures of the server itself, which clients see as InternalError; default: the console. */
  onError?: (error: unknown) => void;
}

export interface S3Server {
  /** http://127.0.0.1:port */
  readonly endpoint: string;
  readonly store: S3Store;
  /** Creates the bucket unless it exists, as a template declares it. */
  createBucket(name: string, properties?: BucketProperties): void;
  /** Carries out what is due of the buckets' lifecycles, now and then; requests get their turn in between. */
  startLifecycle(): void;
  /** Lets running requests, and what is to be removed, end, for a second each at most; then releases port and file. */
  close(): Promise<void>;
}

/** How long `close` waits before it cuts connections, and before it leaves the rest of a removal to the next start. */
const CLOSE_GRACE_MS = 1_000;

/** How often it is looked what is due. */
const LIFECYCLE_MS = 3600 * 1000;

/** @throws Error when the file is in use by another process, or the port taken */
export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const { file, port = 0, now, onError = console.error } = options;
  const background = new Background(onError);
  const store = new S3Store({ file, now, schedule: background.add });
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const handling = handle(store, request, response, { onError, hook: options.onRequest }).finally(() =>
      running.delete(handling),
    );
    running.add(handling);
  });
  const { address } = await listenOnLoopback(server, port).catch((error) => {
    store.close();
    throw error;
  });
  let closing: Promise<void> | undefined;
  let lifecycle: NodeJS.Timeout | undefined;
  return {
    endpoint: `http://${address}`,
    store,
    createBucket: (name, properties = { versioning: undefined, lifecycle: [] }) =>
      store.buckets.deploy(name, properties),
    startLifecycle: () => {
      const look = () => background.add(store.lifecycle.run());
      look();
      lifecycle ??= setInterval(look, LIFECYCLE_MS).unref();
    },
    close: () => {
      clearInterval(lifecycle);
      closing ??= shutDown(server, running).finally(() => {
        background.finish(CLOSE_GRACE_MS);
        store.close();
      });
      return closing;
    },
  };
}

async function shutDown(server: Server, running: ReadonlySet<Promise<void>>): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
  });
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await Promise.allSettled(running);
  server.closeAllConnections();
  clearTimeout(cut);
  await closed;
}

/** Answers one request; never rejects. */
async function handle(
  store: S3Store,
  request: IncomingMessage,
  response: ServerResponse,
  { onError, hook }: { onError: (error: unknown) => void; hook: RequestHook | undefined },
): Promise<void> {
  const head = {
    id: randomBytes(8).toString('hex').toUpperCase(),
    method: request.method ?? '',
    target: request.url ?? '/',
    headers: headersOf(request),
  };
  let result: S3Response;
  try {
    checkHost(request.headers.host);
    result = await feed(
      answer(store, head, hook),
      request.iterator({ destroyOnReturn: false }),
      () => response.destroyed,
    );
  } catch (error) {
    if (!(error instanceof S3Error)) onError(error);
    const refusal = error instanceof S3Error ? error : internalError(error);
    result = errorAnswer(refusal, pathOf(head), head.id);
  }
  try {
    // A client that is still sending would not read the answer.
    if (!(await drain(request))) response.shouldKeepAlive = false;
    response.setHeader('x-amz-request-id', head.id);
    response.setHeader('x-amz-id-2', HOST_ID);
    await send(response, result, request.method === 'HEAD');
  } catch (error) {
    // The status has gone out: cutting the connection is the only way left to say that the body is not whole.
    response.destroy();
    if (!isHangUp(error)) onError(error);
  } finally {
    result.release?.();
  }
}

function internalError(cause: unknown): S3Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  const why = [message, adviceFor(cause)].filter((part) => part !== undefined).join('; ');
  return new S3Error('InternalError', `We encountered an internal error: ${why}`, {}, cause);
}

/** Whether the client left before the answer was whole, which is its own affair. */
function isHangUp(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED'].includes(String(code));
}
